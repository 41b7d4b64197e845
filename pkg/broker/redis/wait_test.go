package redis

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestWait has the only replica stand still: no signal is acknowledged that only the master has, be it sent once or again.
func TestWait(t *testing.T) {
	t.Parallel()
	g := redistest.StartSentinel(t, 1, "--repl-timeout", "60")
	pods := startPods(t, Options{Addresses: g.Addrs(), SentinelMaster: g.MasterName(), Wait: 1, Lease: 6 * time.Second}, 2)
	a, b := pods[0].attach(t, "a", time.Minute), pods[1].attach(t, "b", time.Minute)
	a.told("b", "1")
	a.told("b", "2") // the way is known, and goes without a script
	b.reads(patience, "1", "2")
	replica := g.Replicas(t)[0]
	replica.Freeze()
	a.id++
	for again := range 6 {
		began := time.Now()
		if o := a.post("b", a.id, again > 0, "3").within(t, promised+noise); o.Code != wire.CodeUnavailable || o.RetryAfter <= 0 {
			t.Errorf("sent %d times while no replica has it: %+v", again+1, o)
		}
		t.Logf("refused after %v", time.Since(began))
		if again == 2 {
			other := pods[0].attach(t, "other", time.Minute) // which needs no replica
			end(other)
		}
		if again > 2 { // over new connections, of which the server knows no write
			g.Master(t).Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			pods[0].awaitLink(t, true, time.Now(), promised)
		}
	}
	replica.Thaw()
	if o := a.again("b", "3", promised); o.Code != "" {
		t.Errorf("sent again: %+v", o)
	}
	a.told("b", "4")
	b.reads(promised, "3", "4")
	for _, p := range pods {
		p.steady(t)
		p.gapless(t)
	}
}

// TestWaitWithoutReplicas demands a replica of a server that has none.
func TestWaitWithoutReplicas(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := startPods(t, Options{Addresses: []string{s.Addr()}, Wait: 1}, 1)[0]
	a, b := p.attach(t, "a", time.Minute), p.attach(t, "b", time.Minute)
	a.join()
	b.join()
	a.id++
	for again := range 2 {
		if o := a.post("b", a.id, again > 0, "x").within(t, promised+noise); o.Code != wire.CodeUnavailable || o.RetryAfter <= 0 {
			t.Errorf("%+v", o)
		}
	}
}
