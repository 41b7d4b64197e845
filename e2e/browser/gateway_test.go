package browser

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gateway builds the real binary, with the race detector, starts it with no flags but free ports, and returns the demo page's
// address as it prints it. When the test ends it is told to stop and must exit 0.
func gateway(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aldis")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-race", "-o", path, "../../cmd/aldis").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cmd := exec.Command(path, "serve", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0", "--drain-window=100ms", "--log-level=debug")
	log := new(strings.Builder)
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", log)
		}
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "Demo page"); ok {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatal("the gateway printed no address of a demo page")
	return ""
}

// node returns a command that runs a script here against the gateway.
func node(ctx context.Context, t *testing.T, demo string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Fatal("the npm packages are missing here: run make deps")
	}
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Env = append(os.Environ(), "ALDIS_DEMO="+demo)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
