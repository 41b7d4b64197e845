package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/bench"
)

// options are those of a gateway with a limit.
func options(signalsPerSecond float64) app.Options {
	o := app.Options{Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", Demo: new(false), DrainWindow: time.Millisecond,
		Logger: slog.New(slog.DiscardHandler)}
	o.Session.SignalsPerSecond, o.Accept.HandshakesPerSecond = signalsPerSecond, 1e6
	return o
}

// start runs a gateway in this process, stopped when the test ends.
func start(t *testing.T, signalsPerSecond float64) *app.App {
	t.Helper()
	return run(t, options(signalsPerSecond))
}

func run(t *testing.T, o app.Options) *app.App {
	t.Helper()
	a, err := app.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// short is a run of one second against a.
func short(a *app.App) bench.Config {
	return bench.Config{URLs: []string{a.URL()}, Ops: []string{"http://" + a.OpsAddr().String()}, Duration: time.Second,
		WarmUp: 200 * time.Millisecond, Seed: 1}
}

// pairs is a load of that name with the sizes that the command has.
func pairs(n int, rate float64) bench.Pairs {
	return bench.Pairs{Pairs: n, Rate: rate, Window: 8, Candidates: 8, Description: bench.Sizes{Min: 1200, Max: 2500},
		Candidate: bench.Sizes{Min: 130, Max: 170}}
}

// check holds what every undisturbed run must say.
func check(t *testing.T, r *bench.Result, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !r.Promises.Kept() || r.Interrupted || r.Sessions.Failed > 0 || r.Sessions.Ended > 0 || r.Sessions.Away > 0 {
		t.Errorf("promises %v, %+v", r.Promises, r.Sessions)
	}
	if h := r.Sessions.Handshake; h.Count != r.Sessions.Opened || h.P50 <= 0 || h.P50 > h.P99 || h.P99 > h.Max {
		t.Errorf("handshakes: %+v", h)
	}
	if r.Seconds < 1 || r.Gateway == nil || r.Gateway.CPUCores <= 0 || r.Gateway.ResidentAfter <= 0 {
		t.Errorf("%v s, gateway %+v", r.Seconds, r.Gateway)
	}
}

func TestPairs(t *testing.T) {
	for name, rate := range map[string]float64{"paced": 200, "saturation": 0} {
		t.Run(name, func(t *testing.T) {
			r, err := bench.Run(t.Context(), short(start(t, 1e6)), pairs(5, rate))
			check(t, r, err)
			s := r.Signals
			if r.Sessions.Opened != 10 || s.Refused > 0 || s.Sent == 0 || s.Latency.Count == 0 || s.Latency.P50 <= 0 ||
				s.Ack.Count != s.Sent || s.Latency.Count != s.Sent || *r.Gateway.CPUPerSignal <= 0 || s.PacedByLimit {
				t.Errorf("%+v; latency %+v, ack %+v", s, s.Latency, s.Ack)
			}
			if rate > 0 && (s.Sent < 190 || float64(s.Sent) > 210*r.Seconds || s.Lag.Count == 0) {
				t.Errorf("%d sent in %v s at %v/s, lag %+v", s.Sent, r.Seconds, rate, s.Lag)
			}
			if rate == 0 && s.PerSecond < 500 {
				t.Errorf("%v/s at saturation", s.PerSecond)
			}
		})
	}
}

// TestPairsKeepToTheLimit holds that the gateway's rate limit is not what is measured.
func TestPairsKeepToTheLimit(t *testing.T) {
	a := start(t, 50)
	r, err := bench.Run(t.Context(), short(a), pairs(2, 0))
	check(t, r, err)
	// The bucket holds ten seconds' worth: that nothing was refused shows little, the rate does.
	if !r.Signals.PacedByLimit || r.Signals.Refused > 0 || r.Signals.PerSecond > 200 {
		t.Errorf("%+v", r.Signals)
	}
	r, err = bench.Run(t.Context(), short(a), pairs(2, 1000))
	if err == nil || !strings.Contains(err.Error(), "gateway's limit of 50") || r.Signals.Sent > 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestIdle(t *testing.T) {
	r, err := bench.Run(t.Context(), short(start(t, 50)), bench.Idle{Connections: 50})
	check(t, r, err)
	g := r.Gateway
	// Both ends of each connection are in this process.
	if r.Sessions.Opened != 50 || r.Sessions.OpenTime <= 0 || g.BytesPerConnection == nil || *g.GoroutinesPerConnection < 2 ||
		*g.CPUPerHandshake <= 0 || *g.StackBytesPerConnection <= 0 {
		t.Errorf("%+v %+v", r.Sessions, g)
	}
}

func TestFanout(t *testing.T) {
	load := bench.Fanout{Room: 20, Rate: 50, Payload: bench.Sizes{Min: 200, Max: 400}}
	r, err := bench.Run(t.Context(), short(start(t, 1e6)), load)
	check(t, r, err)
	s := r.Signals
	if s.Sent < 40 || s.Latency.Count != 19*s.Sent || s.LastLatency.Count != s.Sent || s.NotDelivered > 0 ||
		s.LastLatency.P50 < s.Latency.P50 || *r.Gateway.CPUPerDelivery <= 0 {
		t.Errorf("%+v, latency %+v, last %+v", s, s.Latency, s.LastLatency)
	}
}

func TestChurn(t *testing.T) {
	for name, rate := range map[string]float64{"paced": 40, "saturation": 0} {
		t.Run(name, func(t *testing.T) {
			a := start(t, 50)
			r, err := bench.Run(t.Context(), short(a), bench.Churn{Rate: rate, Workers: 8})
			check(t, r, err)
			c := r.Cycles
			if c.Started == 0 || c.Finished != c.Started || c.Time.Count != c.Finished || c.Time.P50 <= 0 || c.Signal.Count == 0 ||
				c.HandshakesPerSecond <= 0 || *r.Gateway.CPUPerCycle <= 0 {
				t.Errorf("%+v, time %+v", c, c.Time)
			}
			if rate > 0 && (c.Started < 35 || c.Lag.Count != c.Started) {
				t.Errorf("%d started, lag %+v", c.Started, c.Lag)
			}
		})
	}
}

// TestInterrupted holds that a run which is ended early says what it measured until then.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := short(start(t, 1e6))
	cfg.Duration = time.Hour
	var lines atomic.Int64
	cfg.Progress = func(line string) {
		lines.Add(1)
		if strings.HasPrefix(line, "measuring") {
			cancel()
		}
	}
	r, err := bench.Run(ctx, cfg, pairs(2, 100))
	if err != nil || !r.Interrupted || !r.Promises.Kept() || r.Signals.Sent == 0 || r.Gateway == nil || lines.Load() == 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestInterruptedBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := short(start(t, 1e6))
	cfg.Ops = nil
	for _, load := range []bench.Load{pairs(2, 100), bench.Idle{Connections: 5}, bench.Churn{Rate: 5, Workers: 2},
		bench.Fanout{Room: 3, Rate: 1, Payload: bench.Sizes{Min: 100, Max: 100}}} {
		r, err := bench.Run(ctx, cfg, load)
		if err != nil || !r.Interrupted || r.Gateway != nil {
			t.Errorf("%s: %v, %+v", load.Name(), err, r)
		}
		var table strings.Builder
		if err := r.Table(&table); err != nil || !strings.Contains(table.String(), "(ended early)") {
			t.Errorf("%s: %v\n%s", load.Name(), err, &table)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	cfg := bench.Config{URLs: []string{"ws://127.0.0.1:1"}, Duration: time.Second}
	r, err := bench.Run(t.Context(), cfg, bench.Churn{Workers: 2})
	if err == nil || r.Sessions.Failures["connection refused"] == 0 {
		t.Errorf("%v, %+v", err, r)
	}
	cfg.Ops = []string{"http://127.0.0.1:1"}
	if r, err = bench.Run(t.Context(), cfg, pairs(1, 1)); err == nil || r != nil {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestImpossible(t *testing.T) {
	ok := bench.Config{URLs: []string{"ws://127.0.0.1:1"}, Duration: time.Second}
	for want, load := range map[string]bench.Load{
		"connections: 0 ": bench.Idle{}, "workers: 0 ": bench.Churn{}, "room: 1 ": bench.Fanout{Room: 1},
		"rate: 0 ": bench.Fanout{Room: 2}, "rate: -1 ": pairs(1, -1), "pairs: 0 ": pairs(0, 1),
		"window: 33 ": bench.Pairs{Pairs: 1, Window: 33}, "description-bytes: 0-0 ": bench.Pairs{Pairs: 1, Window: 1},
		"idle: 1000000 sockets need 1000128 file descriptors": bench.Idle{Connections: 1_000_000},
	} {
		r, err := bench.Run(t.Context(), ok, load)
		if err == nil || r != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, cfg := range []bench.Config{{Duration: 1}, {URLs: []string{"ws://x"}},
		{URLs: []string{"ws://x"}, Duration: 1, WarmUp: -1}, {URLs: []string{"ws://x", "ws://x"}, Duration: 1},
		{URLs: []string{"ws://x"}, Ops: []string{""}, Duration: 1}, {URLs: make([]string, 101), Duration: 1}} {
		if _, err := bench.Run(t.Context(), cfg, pairs(1, 1)); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// TestJSON holds the names that docs/bench.md promises.
func TestJSON(t *testing.T) {
	a := start(t, 1e6)
	for _, c := range []struct {
		load  bench.Load
		names []string
	}{
		{pairs(1, 50), []string{"signals.sent", "signals.received", "signals.received_per_second", "signals.refused",
			"signals.refused_by_code", "signals.paced_by_limit", "signals.not_delivered", "signals.latency_ms.p50",
			"signals.latency_ms.p90", "signals.latency_ms.p99", "signals.latency_ms.p99_9", "signals.latency_ms.max",
			"signals.crossed_pods", "signals.latency_ms.mean", "signals.latency_ms.count", "signals.ack_ms.p50", "signals.lag_ms.p50",
			"gateway.cpu_us_per_signal", "settings.pairs", "settings.rate", "settings.window", "settings.candidates",
			"settings.description_bytes.min", "settings.candidate_bytes.max"}},
		{bench.Fanout{Room: 3, Rate: 20, Payload: bench.Sizes{Min: 100, Max: 100}}, []string{"signals.last_receiver_ms.p99",
			"gateway.cpu_us_per_delivery", "settings.room", "settings.payload_bytes.min"}},
		{bench.Churn{Rate: 20, Workers: 2}, []string{"cycles.started", "cycles.finished", "cycles.finished_per_second",
			"cycles.handshakes_per_second", "cycles.cycle_ms.p50", "cycles.signal_ms.p50", "cycles.lag_ms.p50",
			"gateway.cpu_us_per_cycle", "settings.workers"}},
		{bench.Idle{Connections: 3}, []string{"gateway.bytes_per_connection", "gateway.heap_bytes_per_connection",
			"gateway.stack_bytes_per_connection", "gateway.goroutines_per_connection", "gateway.cpu_us_per_handshake",
			"settings.connections"}},
	} {
		r, err := bench.Run(t.Context(), short(a), c.load)
		check(t, r, err)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range append(c.names, "scenario", "seed", "warm_up_seconds", "seconds", "interrupted",
			"sessions.opened", "sessions.failed", "sessions.failures", "sessions.open_seconds", "sessions.handshake_ms.p99",
			"sessions.disconnects", "sessions.ended", "sessions.gaps", "promises.lost", "promises.doubled", "promises.reordered",
			"promises.stray", "gateway.cpu_cores", "gateway.cpu_cores_each", "pods", "gateway.resident_bytes_before", "gateway.resident_bytes_after",
			"generator.cpu_cores") {
			var at any
			if err := json.Unmarshal(text, &at); err != nil {
				t.Fatal(err)
			}
			for part := range strings.SplitSeq(name, ".") {
				m, _ := at.(map[string]any)
				if at = m[part]; at == nil {
					t.Errorf("%s: no %s in %s", c.load.Name(), name, text)
					break
				}
			}
		}
	}
}
