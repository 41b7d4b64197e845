package redis

import (
	"errors"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestCutOff has one pod cut off from Redis for longer than its lease while the others go on.
func TestCutOff(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	x := startProxy(t, s.Addr())
	there := startPod(t, Options{Addresses: []string{s.Addr()}}, broker.Limits{})
	off := startPod(t, Options{Addresses: []string{x.addr()}}, broker.Limits{})
	stays, moves := off.attach(t, "stays", time.Minute), off.attach(t, "moves", time.Minute)
	ends, b := off.attach(t, "ends", 300*time.Millisecond), there.attach(t, "b", time.Minute)
	b.join()
	for _, m := range []*client{stays, moves, ends} {
		m.join()
	}
	there.until(t, patience, "joins", func() bool { return len(there.presence) >= 3 })
	there.anew()
	off.anew()

	began := time.Now()
	x.cut()
	stays.id++
	underWay := stays.post("b", stays.id, false, "under way")
	off.awaitLink(t, false, began, promised)
	if o := underWay.within(t, promised); o.Code != wire.CodeUnavailable {
		t.Errorf("a signal when the pod was cut off: %+v", o)
	}
	if o := stays.post("moves", stays.id+1, false, "x").within(t, noise); o.Code != wire.CodeUnavailable {
		t.Errorf("to a peer of the same pod: %+v", o)
	}
	old := *moves
	moves.resume(there, promised)
	b.told("moves", "moved")
	moves.reads(promised, "moved")
	there.left(t, patience, ends.Ref) // so the lease is over, and its grace too
	b.told("stays", "meanwhile")
	if o := b.tell("ends", "x"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("to one whose grace is over: %+v", o)
	}

	x.heal()
	healed := time.Now()
	off.awaitLink(t, true, healed, promised)
	if code := off.lostWith(t, promised, old.Ref); code != wire.CloseLeaseLost && code != wire.CloseResumed {
		t.Errorf("the one that was resumed elsewhere is lost with %d", code)
	}
	if code := off.lostWith(t, promised, ends.Ref); code != wire.CloseLeaseLost {
		t.Errorf("the one whose grace is over is lost with %d", code)
	}
	if err := off.Ack(t.Context(), old.Ref, 0); !errors.Is(err, broker.ErrFenced) {
		t.Errorf("Ack of an attachment that is over: %v", err)
	}
	if o := stays.again("b", "under way", promised); o.Code != "" {
		t.Errorf("sent again: %+v", o)
	}
	b.reads(promised, "under way")
	stays.reads(promised, "meanwhile")
	stays.told("moves", "hello")
	moves.reads(promised, "hello")
	for _, m := range []*client{stays, moves, b} {
		m.sees(promised, "stays", "moves", "b")
	}
	there.steady(t, "ends")
	off.steady(t, "ends", "moves")
	if o, is := s.Do(t, "HGET", stays.keysOf().session(), "run").(string); !is || o != off.run {
		t.Errorf("stays is on %q", o)
	}
	b.told("stays", "on")
	stays.reads(promised, "on")
	end(moves) // nobody else ends it
	off.leftOrStale(t, promised, moves.Ref)
}

// TestCutOffUnsaid has a pod cut off for a moment between the keeping of a signal and its telling: the receiver's pod, whose own link
// was never down, hears of it all the same.
func TestCutOffUnsaid(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	x := startProxy(t, s.Addr())
	there := startPod(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, broker.Limits{})
	off := startPod(t, Options{Addresses: []string{x.addr()}, Lease: 6 * time.Second}, broker.Limits{})
	a, b := off.attach(t, "a", time.Minute), there.attach(t, "b", time.Minute)
	a.told("b", "1")
	b.reads(patience, "1")
	cut := x.cutAt(off.keys.channel(there.run))
	a.told("b", "2") // kept and answered
	select {
	case <-cut:
	case <-time.After(patience):
		t.Fatal("nothing was told")
	}
	began := time.Now()
	off.awaitLink(t, false, began, promised)
	x.drop()
	x.heal()
	off.awaitLink(t, true, time.Now(), promised)
	b.reads(promised, "2")
}
