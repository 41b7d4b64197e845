package redis

import (
	"errors"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestSwitchedUnnoticed has a pod's connections go to another server, whose data are older, while the subscription still stands: what
// a failover looks like before it is noticed. Nobody is told for good what only the old data say.
func TestSwitchedUnnoticed(t *testing.T) {
	for name, step := range map[string]func(a, b, late *client){
		"resume": func(a, _, _ *client) { a.resume(a.pod, promised+noise) },
		"send": func(_, b, late *client) {
			if o := b.tell("late", "2"); o.Code != wire.CodeUnavailable && o.Code != "" {
				b.t.Errorf("to a peer that the old data do not have: %+v", o)
			}
			if o := b.again("late", "2", promised+noise); o.Code != "" {
				b.t.Errorf("sent again: %+v", o)
			}
			late.reads(promised, "2")
		},
		"send to the room": func(_, _, late *client) {
			late.id++
			got := make(answer, 2)
			late.pod.Send(late.t.Context(), &broker.Signal{From: late.Ref, ID: late.id, Room: testRoom, Data: quote("2")}, got)
			if o := got.within(late.t, patience); o.Code != wire.CodeUnavailable && o.Receivers != 1 {
				late.t.Errorf("by a member that the old data do not have: %+v", o)
			}
		},
		"roster": func(_, _, late *client) { late.sees(promised+noise, "a", "late") },
		"leave": func(_, b, late *client) {
			eventually(b.t, promised+noise, "Leave", func() (struct{}, error) {
				return struct{}{}, late.pod.Leave(b.t.Context(), late.Ref, testRoom)
			})
			eventually(b.t, promised+noise, "Join", func() (broker.Roster, error) {
				return late.pod.Join(b.t.Context(), late.Ref, testRoom, quote("late"))
			})
		},
		"attach": func(_, b, late *client) {
			_, err := late.pod.Attach(b.t.Context(), broker.AttachRequest{Address: late.Address, Grace: time.Minute})
			if !errors.Is(err, broker.ErrTaken) && !errors.Is(err, broker.ErrUnavailable) {
				b.t.Errorf("Attach at the address of one that the old data do not have: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testSwitched(t, step)
		})
	}
}

func testSwitched(t *testing.T, step func(a, b, late *client)) {
	now, then := redistest.Start(t), redistest.Start(t)
	x := startProxy(t, now.Addr())
	p := startPod(t, Options{Addresses: []string{x.addr()}, Lease: 6 * time.Second}, broker.Limits{})
	a, b := p.attach(t, "a", time.Minute), p.attach(t, "b", time.Minute)
	a.join()
	b.told("a", "1")
	a.reads(patience, "1")
	for _, k := range now.Keys(t) {
		then.Do(t, "RESTORE", k, 0, now.Do(t, "DUMP", k))
	}
	a.resume(p, patience) // with secrets that the old data do not have
	a.resume(p, patience)
	late := p.attach(t, "late", time.Minute)
	late.join()
	p.anew()
	x.redirect(then.Addr())
	step(a, b, late)
	p.until(t, promised+noise, "Gap", func() bool { return p.gaps[late.Address] > 0 })
	b.id++
	if o := b.again("late", "3", promised+noise); o.Code != "" {
		t.Errorf("afterwards: %+v", o)
	}
	late.sees(promised+noise, "a", "late")
	p.steady(t, "a", "late") // these come and go by themselves
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.losses {
		if l.ref.Peer != "a" {
			t.Errorf("%s was lost: %d", l.ref.Peer, l.code)
		}
	}
}
