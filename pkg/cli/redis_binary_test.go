package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// TestRedisBinary runs the real binary with a real Redis, and without.
func TestRedisBinary(t *testing.T) {
	path, server := build(t), redistest.Start(t)
	t.Run("serve", func(t *testing.T) { testServesOverRedis(t, path, server) })
	t.Run("bench", func(t *testing.T) { testBenchOverRedis(t, path, server) })
	t.Run("refusals", func(t *testing.T) { testRefusesToServe(t, path) })
}

func testServesOverRedis(t *testing.T, path string, server *redistest.Server) {
	g := serve(t, path, "--broker=redis", "--redis-addresses=redis://"+server.Addr(), "--redis-mode=standalone", "--redis-prefix=mine:")
	if status, body := get(t, g.ops+"/readyz?verbose"); status != http.StatusOK || !strings.Contains(body, "[+]broker ok\n") {
		t.Errorf("%d %s", status, body)
	}
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := g.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, g.stderr)
	}
}

func testBenchOverRedis(t *testing.T, path string, server *redistest.Server) {
	cmd, stdout, stderr := bench(t, path, "pairs", "--pods=2", "--pairs=3", "--rate=100", "--duration=1s", "--warm-up=100ms", "--json",
		"--redis="+server.Addr(), "--", "--broker=redis", "--redis-addresses="+server.Addr())
	_ = cmd.Run() // the exit code says it
	var r struct {
		Pods    int
		Signals struct {
			Received int
			Crossed  float64 `json:"crossed_pods"`
		}
		Gateway struct {
			Each []float64 `json:"cpu_cores_each"`
		}
		Redis *struct {
			CPU *float64 `json:"cpu_us_per_signal"`
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || cmd.ProcessState.ExitCode() != 0 || r.Pods != 2 || r.Signals.Received == 0 ||
		r.Signals.Crossed != 1 || len(r.Gateway.Each) != 2 || r.Redis == nil || r.Redis.CPU == nil {
		t.Errorf("%v, exit %d: %s %s", err, cmd.ProcessState.ExitCode(), stdout, stderr)
	}
}

// testRefusesToServe holds that a gateway which cannot use its broker says why, and which setting it is.
func testRefusesToServe(t *testing.T, path string) {
	evicting := redistest.Start(t, "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
	for _, tt := range []struct {
		name    string
		environ string
		args    []string
		code    int
		stderr  string // how its last line begins
	}{
		{"nobody there", "ALDIS_REDIS_ADDRESSES=127.0.0.1:1", nil, 6, "aldis: broker: ALDIS_REDIS_ADDRESSES: none answers: 127.0.0.1:1: dial tcp 127.0.0.1:1: "},
		{"it evicts", "", []string{"--redis-addresses=" + evicting.Addr()}, 6, "aldis: broker: " + evicting.Addr() + " drops keys when it is full"},
		{"no password there", "", []string{"--redis-addresses=" + evicting.Addr(), "--redis-password-file=none"}, 6, "aldis: broker: "},
		{"no mode", "", []string{"--redis-mode=ring"}, 3, `aldis: --redis-mode: "ring" is none of auto, standalone, sentinel, cluster`},
	} {
		cmd := command(t, path, append([]string{"serve", "--broker=redis", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"}, tt.args...)...)
		cmd.Env = append(cmd.Env, tt.environ)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run() // the exit code says it
		if code, got := cmd.ProcessState.ExitCode(), lastLine(stderr.String()); code != tt.code || !strings.HasPrefix(got, tt.stderr) || stdout.Len() > 0 {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want %d, %q", tt.name, code, &stdout, &stderr, tt.code, tt.stderr)
		}
	}
}
