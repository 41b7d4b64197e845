package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// patience bounds each wait for the binary. A machine with nothing else to do needs a hundredth of it.
const patience = 30 * time.Second

// build builds the real command.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aldis")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "../../cmd/aldis").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// command is the binary with the environment of the test, without settings in it.
func command(t *testing.T, path string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = t.TempDir()
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ALDIS_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	return cmd
}

// gateway is a running aldis serve.
type gateway struct {
	cmd            *exec.Cmd
	demo, ops, pub string // URLs, as it told a person
	stderr         *bytes.Buffer
	rest           *bufio.Scanner // of stdout
}

// serve starts a gateway on free ports and returns when it says that it is there.
func serve(t *testing.T, path string, args ...string) *gateway {
	t.Helper()
	g := &gateway{stderr: &bytes.Buffer{}}
	g.cmd = command(t, path, append([]string{"serve", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"}, args...)...)
	g.cmd.Stderr = g.stderr
	stdout, err := g.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.cmd.Process.Kill() }) // an error says that it has ended already
	g.rest = bufio.NewScanner(stdout)
	for g.rest.Scan() {
		switch name, value, _ := strings.Cut(g.rest.Text(), "  "); name {
		case "Demo page":
			g.demo = strings.TrimSpace(value)
		case "Clients":
			g.pub = strings.TrimSpace(value)
		case "Operators":
			g.ops = strings.TrimSpace(value)
		case "Ctrl-C to stop.":
			return g
		}
	}
	_ = g.cmd.Wait()
	t.Fatalf("it ended before it was there: %s", g.stderr)
	return nil
}

// wait waits until the gateway has ended and returns its exit code, -1 for a signal.
func (g *gateway) wait() int {
	for g.rest.Scan() { // to the end, so that Wait may close the pipe
	}
	_ = g.cmd.Wait() // the exit code says it
	return g.cmd.ProcessState.ExitCode()
}

// get returns the status and the body of a page.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestBinary(t *testing.T) {
	path := build(t)
	t.Run("exit codes", func(t *testing.T) { testExitCodes(t, path) })
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) { testStops(t, path, sig) })
	}
	t.Run("second signal", func(t *testing.T) { testSecondSignal(t, path) })
	t.Run("deaf client", func(t *testing.T) { testDeafClient(t, path) })
	t.Run("port taken", func(t *testing.T) { testPortTaken(t, path) })
}

func testExitCodes(t *testing.T, path string) {
	for _, tt := range []struct {
		name    string
		file    string
		environ []string
		args    []string
		code    int
		stderr  string
	}{
		{"version", "", nil, []string{"version"}, 0, ""},
		{"no command", "", nil, nil, 0, ""},
		{"unknown command", "", nil, []string{"serv"}, 2, `aldis: unknown command "serv"; did you mean serve?`},
		{"unknown flag", "", nil, []string{"serve", "--lisen=:80"}, 2, "aldis: unknown flag --lisen; did you mean --listen?"},
		{"bad file", "grace: 1s\nlisen: :80\n", nil, []string{"serve", "--config=aldis.yaml"}, 3,
			`aldis: aldis.yaml:2: unknown setting "lisen"; did you mean "listen"?`},
		{"bad address", "", nil, []string{"serve", "--listen=127.0.0.1:eighty"}, 3,
			`aldis: --listen: "127.0.0.1:eighty" is no address like 127.0.0.1:8080 or :8080`},
		{"bad variable", "", []string{"ALDIS_GRACE=30"}, []string{"serve"}, 3, "aldis: ALDIS_GRACE: 30 has no unit; write 30s for seconds"},
		{"not our address", "", nil, []string{"serve", "--listen=192.0.2.1:0", "--ops-listen=127.0.0.1:0"}, 4,
			"aldis: listen: 192.0.2.1:0 is not an address of this machine; choose another with --listen"},
		{"variables reach it", "heartbeat: 9s\n", []string{"ALDIS_CONFIG=aldis.yaml", "ALDIS_GRACE=8s"}, []string{"config", "--max-rooms=7"}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, path, tt.args...)
			cmd.Env = append(cmd.Env, tt.environ...)
			if tt.file != "" {
				if err := os.WriteFile(filepath.Join(cmd.Dir, "aldis.yaml"), []byte(tt.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run() // the exit code says it
			if code, got := cmd.ProcessState.ExitCode(), lastLine(stderr.String()); code != tt.code || got != tt.stderr {
				t.Errorf("exit %d, stderr %q; want %d, %q", code, got, tt.code, tt.stderr)
			}
			if tt.name == "variables reach it" {
				for _, want := range []string{"8s              env ALDIS_GRACE", "9s              file aldis.yaml:1", "7               flag --max-rooms"} {
					if !strings.Contains(stdout.String(), want) {
						t.Errorf("no %q in:\n%s", want, &stdout)
					}
				}
			}
		})
	}
}

// lastLine is what a person sees last. The log may stand before it.
func lastLine(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

func testStops(t *testing.T, path string, sig syscall.Signal) {
	g := serve(t, path)
	if status, body := get(t, g.ops+"/readyz?verbose"); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	if status, body := get(t, g.ops+"/livez?verbose"); status != http.StatusOK {
		t.Errorf("livez: %d %s", status, body)
	}
	if g.demo == "" {
		t.Error("no demo page on a loopback address")
	}
	begin := time.Now()
	if err := g.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	if code := g.wait(); code != 0 {
		t.Errorf("exit %d, stderr:\n%s", code, g.stderr)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("a gateway without sessions took %v to stop", took)
	}
	if strings.HasPrefix(lastLine(g.stderr.String()), "aldis: ") {
		t.Errorf("stderr:\n%s", g.stderr)
	}
}

// join opens a session as any client does, by protocol section 2.
func join(ctx context.Context, t *testing.T, g *gateway) *websocket.Conn {
	t.Helper()
	conn, resp, err := websocket.Dial(ctx, g.pub, &websocket.DialOptions{Subprotocols: []string{"aldis.v1"}})
	if err != nil {
		t.Fatalf("%v, %+v", err, resp)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	if err := wsjson.Write(ctx, conn, map[string]string{"type": "hello"}); err != nil {
		t.Fatal(err)
	}
	return conn
}

// await reads frames until one of a type comes.
func await(ctx context.Context, t *testing.T, conn *websocket.Conn, want string) {
	t.Helper()
	for {
		var frame struct{ Type string }
		if err := wsjson.Read(ctx, conn, &frame); err != nil {
			t.Fatalf("waiting for %s: %v", want, err)
		}
		if frame.Type == want {
			return
		}
	}
}

// testDeafClient holds that a client which answers nothing, not even the closing handshake, is cut when its time to leave
// is over, and does not hold up the stop.
func testDeafClient(t *testing.T, path string) {
	g := serve(t, path, "--drain-window=300ms", "--stop-timeout=1m")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	await(ctx, t, join(ctx, t, g), "welcome") // the last that is read of it
	begin := time.Now()
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code := g.wait()
	if code != 0 || strings.Contains(g.stderr.String(), "\naldis: stop: ") {
		t.Errorf("exit %d, stderr:\n%s", code, g.stderr)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// testSecondSignal holds that a gateway which waits for a session to leave ends at once when it is told again.
func testSecondSignal(t *testing.T, path string) {
	g := serve(t, path, "--drain-window=1m", "--stop-timeout=2m")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn := join(ctx, t, g)
	await(ctx, t, conn, "welcome")
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, conn, "goaway")
	if status, _ := get(t, g.ops+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz is %d while it leaves", status)
	}
	if status, _ := get(t, g.ops+"/livez"); status != http.StatusOK {
		t.Errorf("livez is %d while it leaves", status)
	}
	begin := time.Now()
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code := g.wait()
	if status, ok := g.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("exit %d, %v; want the signal's", code, g.cmd.ProcessState)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func testPortTaken(t *testing.T, path string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	taken := ln.Addr().String()
	for name, args := range map[string][]string{
		"listen":     {"serve", "--listen=" + taken, "--ops-listen=127.0.0.1:0"},
		"ops-listen": {"serve", "--listen=127.0.0.1:0", "--ops-listen=" + taken},
	} {
		cmd := command(t, path, args...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run() // the exit code says it
		want := "aldis: " + name + ": " + taken + " is taken by another process; choose another with --" + name
		if code, got := cmd.ProcessState.ExitCode(), lastLine(stderr.String()); code != 4 || got != want || stdout.Len() > 0 {
			t.Errorf("exit %d, stdout %q, stderr %q; want 4, %q", code, &stdout, got, want)
		}
	}
}
