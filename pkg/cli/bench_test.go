package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/bench"
)

func TestBenchUsage(t *testing.T) {
	const runs = "--url names a gateway that runs: --gateway, --pods and arguments after -- are for one that is started"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"pair"}, `unknown scenario "pair"; did you mean pairs?`},
		{[]string{"frobnicate"}, `unknown scenario "frobnicate"; aldis bench --help lists them`},
		{[]string{"pairs", "--pair", "3"}, "unknown flag --pair; did you mean --pairs?"},
		{[]string{"pairs", "now"}, `aldis bench pairs takes no arguments, but "now" was given`},
		{[]string{"pairs", "now", "--", "--heartbeat=1s"}, `aldis bench pairs takes no arguments, but "now" was given`},
		{[]string{"pairs", "--pairs", "0"}, "pairs: 0 is not from 1 to 100000"},
		{[]string{"pairs", "--rate", "-1"}, "rate: -1 is not above 0 and up to 1000000"},
		{[]string{"pairs", "--window", "33"}, "window: 33 is not from 1 to 32"},
		{[]string{"pairs", "--candidate-bytes", "10"}, "candidate-bytes: 10-10 is no range within 96-60000"},
		{[]string{"pairs", "--candidate-bytes", "many"}, `invalid argument "many" for "--candidate-bytes" flag: ` +
			"want a size in bytes, or a range such as 1200-2500"},
		{[]string{"pairs", "--duration", "0"}, "duration: 0s is not above 0 and up to 24h"},
		{[]string{"idle", "--connections", "0"}, "connections: 0 is not from 1 to 1000000"},
		{[]string{"fanout", "--room", "1"}, "room: 1 is not from 2 to 100000"},
		{[]string{"fanout", "--rate", "0"}, "rate: 0 is not above 0 and up to 1000000"},
		{[]string{"churn", "--workers", "0"}, "workers: 0 is not from 1 to 10000"},
		{[]string{"churn", "--ops", "http://127.0.0.1:9090"}, "--ops goes with --url"},
		{[]string{"churn", "--url", "ws://127.0.0.1:1", "--gateway", "x"}, runs},
		{[]string{"churn", "--url", "ws://127.0.0.1:1", "--pods", "2"}, runs},
		{[]string{"churn", "--url", "ws://127.0.0.1:1", "--", "--heartbeat=1s"}, runs},
		{[]string{"churn", "--url", "ws://a,ws://a"}, `url: "ws://a" is empty, or there twice`},
		{[]string{"churn", "--url", "ws://a", "--url", "ws://a"}, `url: "ws://a" is empty, or there twice`},
		{[]string{"churn", "--url", "ws://a", "--ops", "http://b,"}, `ops: "" is empty, or there twice`},
		{[]string{"churn", "--redis", "a:1,a:1"}, `redis: "a:1" is empty, or there twice`},
		{[]string{"pairs", "--pods", "0"}, "pods: 0 is not from 1 to 16"},
		{[]string{"pairs", "--pods", "17", "--", "--broker=redis"}, "pods: 17 is not from 1 to 16"},
		{[]string{"pairs", "--pods", "2"}, "pods: several gateways know of each other through a broker only: add -- --broker redis"},
		{[]string{"pairs", "--pods", "2", "--", "--heartbeat=1s"},
			"pods: several gateways know of each other through a broker only: add -- --broker redis"},
		{[]string{"churn", "--app", "No"}, "an app is 1 to 63 of [a-z0-9-]"},
	} {
		code, stdout, stderr := run(t, nil, append([]string{"bench"}, tt.args...)...)
		if code != exitUsage || stdout != "" || stderr != "aldis: "+tt.want+"\n" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want %d and %q", tt.args, code, stdout, stderr, exitUsage, tt.want)
		}
	}
}

func TestBenchHelp(t *testing.T) {
	code, stdout, _ := run(t, nil, "bench")
	for _, want := range []string{"idle ", "pairs ", "fanout ", "churn ", "Exits 1"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, no %q in:\n%s", code, want, stdout)
		}
	}
	_, stdout, _ = run(t, nil, "bench", "pairs", "--help")
	for _, want := range []string{"--duration duration", "--seed uint", "--json", "--description-bytes bytes", "(default 1200-2500)"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in:\n%s", want, stdout)
		}
	}
}

func TestBenchFailures(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("very.secret.token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"idle", "--connections=1000000", "--url=ws://127.0.0.1:1"}, "idle: 1000000 sockets need 1000128 file descriptors, but RLIMIT_NOFILE is"},
		{[]string{"pairs", "--gateway=/no/such/aldis"}, "gateway: fork/exec /no/such/aldis: no such file or directory"},
		{[]string{"pairs", "--gateway=/bin/true"}, "gateway: it ended before it was ready"},
		{[]string{"pairs", "--gateway=/bin/false"}, "gateway: exit status 1: "},
		{[]string{"pairs", "--url=ws://127.0.0.1:1", "--ops=http://127.0.0.1:1"}, "ops: "},
		{[]string{"pairs", "--url=ws://127.0.0.1:1", "--redis=127.0.0.1:1"}, "redis: 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
		{[]string{"churn", "--url=ws://127.0.0.1:1", "--duration=1s", "--warm-up=0", "--token-file=" + token}, "no session was opened: map[connection refused:"},
	} {
		code, _, stderr := run(t, nil, append([]string{"bench"}, tt.args...)...)
		if code != exitFailed || !strings.Contains(stderr, "aldis: "+tt.want) || strings.Contains(stderr, "secret") {
			t.Errorf("%v: exit %d, stderr %q; want %d and %q", tt.args, code, stderr, exitFailed, tt.want)
		}
	}
	code, _, stderr := run(t, nil, "bench", "churn", "--token-file="+token+".not")
	if code != exitUsage || !strings.Contains(stderr, "no such file") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// TestBenchVerdict holds that broken promises are printed and make a failure.
func TestBenchVerdict(t *testing.T) {
	result := func(p bench.Promises) *bench.Result {
		return &bench.Result{Scenario: "churn", Settings: bench.Churn{Rate: 1, Workers: 1}, Promises: p,
			Sessions: bench.SessionFigures{Handshake: &bench.Percentiles{}}}
	}
	for _, tt := range []struct {
		r    *bench.Result
		err  error
		want string
	}{
		{result(bench.Promises{}), nil, ""},
		{result(bench.Promises{Lost: 3}), nil, "broken promises: 3 lost, 0 doubled, 0 reordered, 0 stray"},
		{result(bench.Promises{Doubled: 1}), nil, "broken promises: 0 lost, 1 doubled, 0 reordered, 0 stray"},
		{result(bench.Promises{Reordered: 1}), os.ErrClosed, "file already closed\nbroken promises: 0 lost, 0 doubled, 1 reordered, 0 stray"},
		{result(bench.Promises{Stray: 1}), nil, "broken promises: 0 lost, 0 doubled, 0 reordered, 1 stray"},
		{nil, os.ErrClosed, "file already closed"},
	} {
		for _, asJSON := range []bool{false, true} {
			var out bytes.Buffer
			err := process{stdout: &out}.concludeBench(tt.r, asJSON, tt.err)
			var f *failure
			if got := errors.As(err, &f); got != (tt.want != "") || got && (f.code != exitFailed || f.Error() != tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if (tt.r != nil) != strings.Contains(out.String(), "churn") {
				t.Errorf("printed %q", &out)
			}
		}
	}
}

func TestTicker(t *testing.T) {
	for terminal, want := range map[bool]string{false: "a\nb\n", true: "\r\x1b[Ka\r\x1b[Kb\n"} {
		var b bytes.Buffer
		tick := ticker{w: &b, terminal: terminal}
		tick.line("a")
		tick.line("b")
		tick.end()
		if b.String() != want {
			t.Errorf("terminal %v: %q", terminal, b.String())
		}
	}
}
