package bench_test

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/bench"
	"github.com/aldis-rtc/aldis/pkg/broker/redis"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// TestPods runs every scenario over three gateways and a real Redis.
func TestPods(t *testing.T) {
	server := redistest.Start(t)
	var cfg bench.Config
	for range 3 {
		o := options(1e6)
		o.Broker, o.Redis = app.BrokerRedis, redis.Options{Addresses: []string{server.Addr()}}
		one := short(run(t, o))
		one.URLs, one.Ops = append(cfg.URLs, one.URLs...), append(cfg.Ops, one.Ops...)
		cfg = one
	}
	cfg.Redis = []string{server.Addr()}
	for _, load := range []bench.Load{pairs(6, 200), bench.Fanout{Room: 7, Rate: 50, Payload: bench.Sizes{Min: 200, Max: 400}},
		bench.Churn{Rate: 40, Workers: 8}, bench.Idle{Connections: 30}} {
		t.Run(load.Name(), func(t *testing.T) {
			r, err := bench.Run(t.Context(), cfg, load)
			check(t, r, err)
			if r.Pods != 3 || len(r.Gateway.CPUCoresEach) != 3 || r.Redis == nil || r.Redis.CPUCores < 0 {
				t.Errorf("%d pods, gateways %+v, redis %+v", r.Pods, r.Gateway, r.Redis)
			}
			want := 0.0 // of what crosses
			switch load.Name() {
			case "pairs":
				want = 1
				if r.Gateway.CPUPerSignal == nil || r.Redis.CPUPerSignal == nil {
					t.Errorf("%+v, %+v", r.Gateway, r.Redis)
				}
			case "fanout":
				want = 4.0 / 6 // the sender's own gateway has two more
			}
			if r.Signals != nil && (r.Signals.CrossedPods < want-0.05 || r.Signals.CrossedPods > want+0.05) {
				t.Errorf("%v crossed, want %v", r.Signals.CrossedPods, want)
			}
		})
	}
}
