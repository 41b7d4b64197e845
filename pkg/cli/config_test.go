package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// row returns the value and the origin of a setting in the table that aldis config prints.
func row(t *testing.T, stdout, name string) string {
	t.Helper()
	for line := range strings.Lines(stdout) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == name {
			return strings.Join(fields[1:], " ")
		}
	}
	t.Fatalf("no line for %s in:\n%s", name, stdout)
	return ""
}

func TestPrecedenceAndOrigins(t *testing.T) {
	path := write(t, "# comment\ngrace: 10s\nheartbeat: \"11s\"\nmax-rooms: 12\n\nice-servers:\n  - stun:one\n  - stun:two\n")
	environ := []string{"ALDIS_HEARTBEAT=21s", "ALDIS_MAX_ROOMS=22", "ALDIS_ICE_SERVERS=", "HEARTBEAT=1s"}
	code, stdout, stderr := run(t, environ, "config", "--config", path, "--max-rooms=31", "--max-rooms=32", "--demo=false")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for name, want := range map[string]string{
		"listen":      "127.0.0.1:8080 default",
		"grace":       "10s file " + path + ":2",
		"heartbeat":   "21s env ALDIS_HEARTBEAT",
		"max-rooms":   "32 flag --max-rooms",
		"demo":        "false flag --demo",
		"ice-servers": "stun:one,stun:two file " + path + ":6", // an empty variable is not set
	} {
		if got := row(t, stdout, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if n := strings.Count(stdout, "\n"); n != len(settings)+1 {
		t.Errorf("%d lines for %d settings", n, len(settings))
	}
}

func TestListsReplaceEachOther(t *testing.T) {
	path := write(t, "ice-servers: stun:file\n")
	for _, tt := range []struct {
		environ []string
		args    []string
		want    string
	}{
		{nil, nil, "stun:file file " + path + ":1"},
		{[]string{"ALDIS_ICE_SERVERS=stun:env,stun:env2"}, nil, "stun:env,stun:env2 env ALDIS_ICE_SERVERS"},
		{[]string{"ALDIS_ICE_SERVERS=stun:env"}, []string{"--ice-servers=stun:a,stun:b", "--ice-servers", "stun:c"},
			"stun:a,stun:b,stun:c flag --ice-servers"},
		{nil, []string{"--ice-servers="}, "- flag --ice-servers"},
	} {
		_, stdout, stderr := run(t, append(tt.environ, "ALDIS_CONFIG="+path), append([]string{"config"}, tt.args...)...)
		if stderr != "" {
			t.Errorf("%v: %s", tt.args, stderr)
		} else if got := row(t, stdout, "ice-servers"); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestConfigFlagWinsOverItsVariable(t *testing.T) {
	one, two := write(t, "grace: 1s\n"), write(t, "grace: 2s\n")
	_, stdout, _ := run(t, []string{"ALDIS_CONFIG=" + one}, "config", "--config", two)
	if got, want := row(t, stdout, "grace"), "2s file "+two+":1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfigJSON(t *testing.T) {
	path := write(t, "max-frame: 128KiB\n")
	code, stdout, _ := run(t, nil, "config", "--json", "--config", path, "--ice-servers", "stun:a?b&c")
	var got struct {
		File     string
		Settings []struct {
			Name, Origin, Where string
			Value               any
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v", code, err)
	}
	if got.File != path || len(got.Settings) != len(settings) {
		t.Errorf("file %q, %d settings", got.File, len(got.Settings))
	}
	seen := map[string]string{}
	for _, s := range got.Settings {
		seen[s.Name] = fmt.Sprint(s.Value, " ", s.Origin, " ", s.Where)
	}
	for name, want := range map[string]string{
		"max-frame":   "131072 file " + path + ":1",
		"grace":       "30s default ",
		"demo":        "auto default ",
		"ice-servers": "[stun:a?b&c] flag --ice-servers",
	} {
		if seen[name] != want {
			t.Errorf("%s: got %q, want %q", name, seen[name], want)
		}
	}
}

func TestBadSettingsNameTheirPlace(t *testing.T) {
	const f = "aldis.yaml"
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		name    string
		content string // of the file; "" for none
		environ []string
		args    []string
		want    []string
	}{
		{"unknown", "grace: 1s\n\nlisen: :80\n", nil, nil, []string{f + `:3: unknown setting "lisen"; did you mean "listen"?`}},
		{"unknown and far", "frobnicate: 1\n", nil, nil, []string{f + `:1: unknown setting "frobnicate"; aldis config lists them`}},
		{"twice", "grace: 1s\ngrace: 2s\n", nil, nil, []string{f + ":2: grace: is set already at " + f + ":1; remove one of the two"}},
		{"list for one", "max-rooms: [1]\n", nil, nil, []string{f + ":1: max-rooms: is a list here; it takes one value (number)"}},
		{"mapping for one", "grace:\n  session: 1s\n", nil, nil, []string{f + ":2: grace: is a mapping here; it takes one value (duration)"}},
		{"mapping for a list", "ice-servers: {a: b}\n", nil, nil, []string{f + ":1: ice-servers: is a mapping here; it takes one value (list)"}},
		{"nothing", "grace:\n", nil, nil, []string{f + ":1: grace: has no value; give one (duration) or remove the line"}},
		{"alias", "grace: &x 1s\nheartbeat: *x\n", nil, nil, []string{f + ":2: heartbeat: aliases are not known here; write the value out"}},
		{"element", "ice-servers:\n- stun:a\n-\n", nil, nil, []string{f + ":3: ice-servers: an element of the list is not one word"}},
		{"itself", "config: x\n", nil, nil, []string{f + ":1: config names this file; it cannot stand in it"}},
		{"key", "[a]: b\n", nil, nil, []string{f + ":1: a setting's name is one word"}},
		{"type", "\nmax-rooms: many\n", nil, nil, []string{f + `:2: max-rooms: "many" is not a whole number`}},
		{"range", "grace: 1m\nmax-rooms: 20000\n", nil, nil, []string{f + ":2: max-rooms: 20000 is not from 1 to 10000"}},
		{"syntax", "grace: 1s\nheartbeat: 1s: 2s\n", nil, nil, []string{f + ":2: not YAML: mapping values are not allowed in this context"}},
		{"syntax at once", "a: b: c\n", nil, nil, []string{f + ":1: not YAML: mapping values are not allowed in this context"}},
		{"no mapping", "- grace\n", nil, nil, []string{f + ":1: this is no settings file: its lines are like listen: 127.0.0.1:8080"}},
		{"two documents", "grace: 1s\n---\ngrace: 2s\n", nil, nil, []string{f + ":2: a second document begins; a settings file has one"}},
		{"all at once", "lisen: x\ngrace: 30\n", nil, nil, []string{f + `:1: unknown setting "lisen"; did you mean "listen"?`}},
		{"variable", "", []string{"ALDIS_GRACE=30"}, nil, []string{"ALDIS_GRACE: 30 has no unit; write 30s for seconds"}},
		{"variable out of range", "", []string{"ALDIS_GRACE=1ms"}, nil, []string{"ALDIS_GRACE: 1ms is not from 100ms to 1h0m0s"}},
		{"flag", "", nil, []string{"--demo=maybe", "--max-frame=64k"}, []string{`--demo: "maybe" is none of auto, true, false`,
			`--max-frame: "64k" is not a number of bytes, such as 65536, 64KiB or 1MiB`}},
		{"flag out of range", "", nil, []string{"--room-peers=1"}, []string{"--room-peers: 1 is not from 2 to 100000"}},
		{"hidden by a flag", "", []string{"ALDIS_GRACE=30"}, []string{"--grace=30s"}, []string{"ALDIS_GRACE: 30 has no unit; write 30s for seconds"}},
		{"zero", "", nil, []string{"--drain-window=0s"}, []string{"--drain-window: must be above 0; 1ms is as good as none"}},
		{"address", "", nil, []string{"--listen=8080"}, []string{`--listen: "8080" is no address like 127.0.0.1:8080 or :8080`}},
		{"two sections", "", nil, []string{"--grace=1ms", "--ice-servers=http://x"}, []string{"--grace: 1ms is not from 100ms to 1h0m0s",
			`--ice-servers: "http://x" starts with none of stun:, stuns:, turn:, turns: as it must`}},
		{"a default in the way", "drain-window: 40s\n", nil, nil, []string{"stop-timeout: 25s is shorter than drain-window, 40s"}},
		{"no file", "", []string{"ALDIS_CONFIG=none.yaml"}, nil, []string{"ALDIS_CONFIG: none.yaml: no such file or directory"}},
		{"a folder", "", nil, []string{"--config=."}, []string{"--config: .: is a directory"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"config"}, tt.args...)
			if tt.content != "" {
				if err := os.WriteFile(f, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--config", f)
			}
			code, stdout, stderr := run(t, tt.environ, args...)
			if want := "aldis: " + strings.Join(tt.want, "\naldis: ") + "\n"; code != exitConfig || stdout != "" || stderr != want {
				t.Errorf("exit %d, stdout %q\n got %q\nwant %q", code, stdout, stderr, want)
			}
		})
	}
}

func TestFilesThatSetNothing(t *testing.T) {
	for _, content := range []string{"", "# nothing\n", "---\n", "{}\n", "~\n"} {
		if code, _, stderr := run(t, nil, "config", "--config", write(t, content)); code != exitOK {
			t.Errorf("%q: exit %d, %s", content, code, stderr)
		}
	}
}

func TestFilesAreBounded(t *testing.T) {
	path := write(t, strings.Repeat("#", maxFile+1))
	if code, _, stderr := run(t, nil, "config", "--config", path); code != exitConfig ||
		stderr != "aldis: --config: "+path+": larger than 1 MiB: that is no settings file\n" {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if code, _, stderr := run(t, nil, "config", "--config", write(t, strings.Repeat("#", maxFile))); code != exitOK {
		t.Errorf("1 MiB exactly: exit %d, %s", code, stderr)
	}
	var lines strings.Builder
	for i := range 100 {
		fmt.Fprintf(&lines, "frobnicate%d: x\n", i)
	}
	_, _, stderr := run(t, nil, "config", "--config", write(t, lines.String()))
	if n := strings.Count(stderr, "\n"); n != maxProblems+1 || !strings.HasSuffix(stderr, "aldis: and 80 more\n") {
		t.Errorf("%d lines, ending %q", n, stderr[max(0, len(stderr)-40):])
	}
}

func TestUnknownVariablesAreWarnings(t *testing.T) {
	environ := []string{
		"ALDIS_LISEN=:80", "ALDIS_FROBNICATE=1", "ALDISTAIR=1",
		// What the kubelet sets for Services named aldis and aldis-ops.
		"ALDIS_SERVICE_HOST=10.0.0.1", "ALDIS_SERVICE_PORT=80", "ALDIS_SERVICE_PORT_HTTP=80", "ALDIS_PORT=tcp://10.0.0.1:80",
		"ALDIS_PORT_80_TCP=tcp://10.0.0.1:80", "ALDIS_PORT_80_TCP_PROTO=tcp", "ALDIS_PORT_80_TCP_PORT=80",
		"ALDIS_PORT_80_TCP_ADDR=10.0.0.1", "ALDIS_OPS_SERVICE_HOST=10.0.0.2", "ALDIS_OPS_PORT_9090_TCP=tcp://10.0.0.2:9090",
	}
	code, stdout, stderr := run(t, environ, "config")
	want := "aldis: warning: unknown variable ALDIS_FROBNICATE; aldis config lists the settings\n" +
		"aldis: warning: unknown variable ALDIS_LISEN; did you mean ALDIS_LISTEN?\n"
	if code != exitOK || stderr != want || !strings.HasPrefix(row(t, stdout, "listen"), "127.0.0.1:8080") {
		t.Errorf("exit %d, stderr %q, want %q", code, stderr, want)
	}
	for _, s := range settings {
		if injected.MatchString(s.env()) {
			t.Errorf("%s looks like a variable of the kubelet's", s.env())
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{"grace: 1s\n", "ice-servers: [a, b]\n", "a: &x [*x]\n", "? [a]\n: b\n", "<<: {a: b}\n", "!!binary x: y\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, problems := parseFile(settings, "aldis.yaml", data)
		for name, g := range set {
			if !slices.Contains(names(settings), name) || g.origin.source != fromFile {
				t.Errorf("%q set from %v", name, g.origin)
			}
		}
		for _, p := range problems {
			if !strings.HasPrefix(p.Error(), "aldis.yaml:") {
				t.Errorf("no place in %q", p)
			}
		}
	})
}
