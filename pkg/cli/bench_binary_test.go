package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestBench holds what scripts rely on, with the real binary and gateways that it starts itself.
func TestBench(t *testing.T) {
	path := build(t)
	t.Run("json", func(t *testing.T) { testBenchJSON(t, path) })
	t.Run("table", func(t *testing.T) { testBenchTable(t, path) })
	t.Run("interrupt", func(t *testing.T) { testBenchInterrupt(t, path) })
	t.Run("gateway dies", func(t *testing.T) { testBenchGatewayDies(t, path) })
	t.Run("elsewhere", func(t *testing.T) { testBenchElsewhere(t, path) })
}

func bench(t *testing.T, path string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	cmd := command(t, path, append([]string{"bench"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return cmd, &stdout, &stderr
}

func testBenchJSON(t *testing.T, path string) {
	for _, args := range [][]string{
		{"idle", "--connections=20"}, {"pairs", "--pairs=3", "--rate=100"}, {"fanout", "--room=5", "--rate=20"},
		{"churn", "--rate=20"},
	} {
		cmd, stdout, stderr := bench(t, path, append(args, "--json", "--duration=1s", "--warm-up=100ms")...)
		_ = cmd.Run() // the exit code says it
		var r struct {
			Scenario string
			Promises map[string]int
			Sessions struct{ Opened, Failed int }
			Gateway  *struct {
				CPU float64 `json:"cpu_cores"`
			}
		}
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, stderr)
		}
		broken := r.Promises["lost"] + r.Promises["doubled"] + r.Promises["reordered"] + r.Promises["stray"]
		if cmd.ProcessState.ExitCode() != 0 || r.Scenario != args[0] || len(r.Promises) != 4 || broken != 0 ||
			r.Sessions.Opened == 0 || r.Sessions.Failed != 0 || r.Gateway == nil {
			t.Errorf("%v: exit %d, %+v\n%s", args, cmd.ProcessState.ExitCode(), r, stderr)
		}
		if !strings.Contains(stderr.String(), "sessions opened") {
			t.Errorf("%v: no progress in %q", args, stderr)
		}
	}
}

func testBenchTable(t *testing.T, path string) {
	cmd, stdout, stderr := bench(t, path, "pairs", "--pairs=3", "--rate=0", "--duration=1s", "--warm-up=0", "--", "--heartbeat=7s")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	for _, want := range []string{"pairs: 3 pairs at saturation", "µs CPU a signal", "p99.9", "0 lost, 0 doubled, 0 reordered"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in:\n%s", want, stdout)
		}
	}
}

// testBenchInterrupt holds that Ctrl-C prints what was measured and leaves no gateway behind.
func testBenchInterrupt(t *testing.T, path string) {
	cmd := command(t, path, "bench", "pairs", "--pairs=2", "--rate=100", "--duration=1h", "--warm-up=0", "--json")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "measuring") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	var r struct {
		Interrupted bool
		Signals     struct{ Sent int }
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || !r.Interrupted || r.Signals.Sent == 0 {
		t.Errorf("%v: %s", err, &stdout)
	}
}

// testBenchGatewayDies holds that a run ends when its gateway does, and says so.
func testBenchGatewayDies(t *testing.T, path string) {
	script := filepath.Join(t.TempDir(), "aldis")
	// The shell leaves its pid where the test finds it, and becomes the gateway.
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho $$ > "+script+".pid\nexec "+path+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, path, "bench", "pairs", "--pairs=2", "--rate=100", "--duration=1h", "--warm-up=0", "--gateway="+script)
	var stdout, all bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		if !killed && strings.HasPrefix(lines.Text(), "measuring") {
			killed = true
			kill(t, script+".pid")
		}
	}
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(all.String(), "aldis: gateway: signal: killed") ||
		!strings.Contains(stdout.String(), "(ended early)") {
		t.Errorf("exit %d, stdout %s, stderr %s", code, &stdout, &all)
	}
}

// kill ends the process whose pid stands in a file.
func kill(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("kill", "-9", strings.TrimSpace(string(text))).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// testBenchElsewhere holds that a gateway which runs already is loaded within the limits that it tells.
func testBenchElsewhere(t *testing.T, path string) {
	g := serve(t, path, "--drain-window=10ms", "--signals-per-second=40")
	cmd, stdout, stderr := bench(t, path, "pairs", "--pairs=2", "--rate=0", "--duration=1s", "--warm-up=100ms", "--json",
		"--url="+g.pub, "--ops="+g.ops)
	_ = cmd.Run() // the exit code says it
	var r struct {
		Signals struct {
			Paced   bool `json:"paced_by_limit"`
			Refused int
		}
		Gateway struct {
			CPU float64 `json:"cpu_us_per_signal"`
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || cmd.ProcessState.ExitCode() != 0 || !r.Signals.Paced ||
		r.Signals.Refused > 0 || r.Gateway.CPU <= 0 {
		t.Errorf("%v, exit %d: %s %s", err, cmd.ProcessState.ExitCode(), stdout, stderr)
	}
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := g.wait(); code != 0 {
		t.Errorf("the gateway exits %d: %s", code, g.stderr)
	}
}
