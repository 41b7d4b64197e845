package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs a command with an environment of its own.
func run(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = process{strings.NewReader(""), &out, &err, environ}.run(t.Context(), args)
	return code, out.String(), err.String()
}

// write writes a settings file and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aldis.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"serv", "--listen", "x"}, `aldis: unknown command "serv"; did you mean serve?`},
		{[]string{"frobnicate"}, `aldis: unknown command "frobnicate"; aldis --help lists them`},
		{[]string{"serve", "--lisen", ":80"}, `aldis: unknown flag --lisen; did you mean --listen?`},
		{[]string{"serve", "--frobnicate"}, `aldis: unknown flag --frobnicate; aldis serve --help lists them`},
		{[]string{"serve", "-x"}, `aldis: unknown shorthand flag: 'x' in -x`},
		{[]string{"serve", "--listen"}, `aldis: flag needs an argument: --listen`},
		{[]string{"serve", "now"}, `aldis: aldis serve takes no arguments, but "now" was given`},
		{[]string{"config", "now"}, `aldis: aldis config takes no arguments, but "now" was given`},
		{[]string{"version", "now"}, `aldis: aldis version takes no arguments, but "now" was given`},
	} {
		code, stdout, stderr := run(t, nil, tt.args...)
		if code != exitUsage || stdout != "" || stderr != tt.want+"\n" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want %d and %q", tt.args, code, stdout, stderr, exitUsage, tt.want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"help"}} {
		code, stdout, stderr := run(t, nil, args...)
		if code != exitOK || stderr != "" {
			t.Errorf("%v: exit %d, stderr %q", args, code, stderr)
		}
		for _, want := range []string{"Exit codes:\n" + exitHelp(), "aldis serve  ", "completion", "config", "version"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%v: no %q in:\n%s", args, want, stdout)
			}
		}
	}
}

func TestServeHelpHasEverySetting(t *testing.T) {
	_, stdout, _ := run(t, nil, "serve", "--help")
	base := defaults()
	for _, s := range settings {
		v := s.at(&base)
		line := "--" + s.name + " " + v.kind()
		if !strings.Contains(stdout, line+" ") && !strings.Contains(stdout, line+"[=true] ") {
			t.Errorf("no %q in help", line)
		}
		if d := v.String(); d != "" && d != "0" && d != "false" && !strings.Contains(stdout, "(default "+d+")") {
			t.Errorf("no default %s of %s in help", d, s.name)
		}
	}
	if strings.Contains(stdout, "`") {
		t.Error("help has backquotes")
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := run(t, nil, "completion", shell); code != exitOK || !strings.Contains(stdout, "aldis") {
			t.Errorf("%s: exit %d, %d bytes", shell, code, len(stdout))
		}
	}
	_, stdout, _ := run(t, nil, "__complete", "serve", "--log-format", "")
	if !strings.HasPrefix(stdout, "auto\ntext\njson\n") {
		t.Errorf("completion of --log-format is %q", stdout)
	}
}

func TestVersion(t *testing.T) {
	code, stdout, _ := run(t, nil, "version")
	if want := thisBuild().String() + "\n"; code != exitOK || stdout != want || !strings.HasPrefix(want, "aldis ") {
		t.Errorf("exit %d, %q, want %q", code, stdout, want)
	}
	code, stdout, _ = run(t, nil, "version", "--json")
	if code != exitOK || !strings.Contains(stdout, `"version":"dev"`) || !strings.Contains(stdout, `"go":"go1.`) {
		t.Errorf("exit %d, %q", code, stdout)
	}
}

// failing is a writer whose other end is gone.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestOutputThatFailsIsAnError(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"version", "--json"}, {"config"}, {"config", "--json"}} {
		var stderr bytes.Buffer
		code := process{strings.NewReader(""), failing{}, &stderr, nil}.run(t.Context(), args)
		if code != exitFailed || !strings.Contains(stderr.String(), "file already closed") {
			t.Errorf("%v: exit %d, stderr %q", args, code, stderr.String())
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"lisen": "listen", "LISTEN": "listen", "max_frame": "max-frame", "maxFrame": "max-frame", "heartbeats": "heartbeat",
		"drainwindow": "drain-window", "frobnicate": "", "": "", strings.Repeat("listen", 1<<17): "",
	} {
		if got := nearest(word, names(settings)); got != want {
			t.Errorf("nearest(%q) = %q, want %q", clip(word), got, want)
		}
	}
}
