package redis

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/brokertest"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pods is how many share a store.
const pods = 3

func newPod(t testing.TB, o Options, limits broker.Limits) *Broker {
	t.Helper()
	if o.Lease == 0 {
		o.Lease = 2 * time.Second
	}
	b, err := New(o, limits, slog.New(slog.NewTextHandler(t.Output(), nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opened makes fleets over one store, each under a prefix of its own.
func opened(o Options, keys func(testing.TB) []string) brokertest.Open {
	fleets := 0
	return func(t testing.TB, limits broker.Limits) brokertest.Fleet {
		fleets++
		o.Prefix = "t" + string(rune('0'+fleets%10)) + time.Now().Format("150405.000000") + ":"
		prefix := o.Prefix
		f := brokertest.Fleet{Leftovers: func() int {
			n := 0
			for _, k := range keys(t) {
				if strings.HasPrefix(k, prefix) && !strings.Contains(k, "{pods}") {
					n++
				}
			}
			return n
		}}
		for range pods {
			f.Pods = append(f.Pods, newPod(t, o, limits))
		}
		return f
	}
}

func TestStandalone(t *testing.T) {
	s := redistest.Start(t)
	brokertest.Run(t, opened(Options{Addresses: []string{s.Addr()}}, s.Keys))
}

// TestSentinel has the master killed in the middle of the traffic, with each signal on a replica before it is acked.
func TestSentinel(t *testing.T) {
	g := redistest.StartSentinel(t, 2)
	open := opened(Options{Addresses: g.Addrs(), SentinelMaster: g.MasterName(), Wait: 1},
		func(t testing.TB) []string { return g.Master(t).Keys(t) })
	brokertest.Run(t, func(t testing.TB, limits broker.Limits) brokertest.Fleet {
		f := open(t, limits)
		f.Midway = func() {
			was := g.Master(t)
			g.Failover(t)
			was.Restart(t, false)
			g.AwaitReplicas(t, 2)
		}
		return f
	})
}

// TestCluster has slots moved in the middle of the traffic.
func TestCluster(t *testing.T) {
	c := redistest.StartCluster(t, 3, 0)
	open := opened(Options{Addresses: c.Addrs()}, func(t testing.TB) (all []string) {
		for _, s := range c.Masters(t) {
			all = append(all, s.Keys(t)...)
		}
		return all
	})
	brokertest.Run(t, func(t testing.TB, limits broker.Limits) brokertest.Fleet {
		f := open(t, limits)
		f.Midway = func() {
			for _, b := range f.Pods {
				k := b.(*Broker).keys
				for _, peer := range []wire.PeerID{"actor0", "actor1", "p0", "p1"} {
					c.MoveSlotOf(t, k.peer(broker.Address{App: "app", Peer: peer}).session())
				}
				for _, room := range []wire.RoomID{"room0", "room1", "r0"} {
					c.MoveSlotOf(t, k.room(broker.RoomAddress{App: "app", Room: room}).members())
				}
				c.MoveSlotOf(t, k.channel(b.(*Broker).run))
			}
		}
		return f
	})
}
