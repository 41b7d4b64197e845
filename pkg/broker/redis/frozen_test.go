package redis

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestFrozen has Redis stand still for 5 s, which is longer than the shorter of the leases.
func TestFrozen(t *testing.T) {
	for _, lease := range []time.Duration{6 * time.Second, 2 * time.Second} {
		t.Run(lease.String(), func(t *testing.T) {
			t.Parallel()
			testFrozen(t, lease)
		})
	}
}

func testFrozen(t *testing.T, lease time.Duration) {
	s := redistest.Start(t)
	pods := startPods(t, Options{Addresses: []string{s.Addr()}, Lease: lease}, 3)
	a, b, c := pods[0].attach(t, "a", time.Minute), pods[1].attach(t, "b", time.Minute), pods[0].attach(t, "c", time.Minute)
	gone := pods[2].attach(t, "gone", 3*time.Second) // whose grace would end while nobody can come back
	for _, m := range []*client{a, b, c, gone} {
		m.join()
	}
	a.told("b", "one")
	b.told("gone", "kept")
	for _, p := range pods { // the joins are known everywhere, so nothing of them comes later
		if p != pods[2] {
			p.until(t, patience, "join of gone", func() bool {
				return len(p.presence) > 0 && p.presence[len(p.presence)-1].Peer == "gone"
			})
		}
	}
	gone.detach()
	for _, p := range pods {
		p.anew()
	}

	began := time.Now()
	s.Freeze()
	a.id++
	underWay := a.post("b", a.id, false, "two")
	awaitLinks(t, pods, false, began, promised)
	if o := underWay.within(t, promised); o.Code != wire.CodeUnavailable || o.RetryAfter <= 0 {
		t.Errorf("a signal when Redis stopped: %+v", o)
	}
	end := time.NewTimer(time.Until(began.Add(5 * time.Second)))
	defer end.Stop()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for frozen := true; frozen; {
		unavailableAtOnce(t, a, c)
		select {
		case <-tick.C:
		case <-end.C:
			frozen = false
		}
	}
	thawed := time.Now()
	s.Thaw()
	awaitLinks(t, pods, true, thawed, promised)
	if o := a.again("b", "two", promised); o.Code != "" {
		t.Errorf("sent again: %+v", o)
	}
	a.told("b", "three")
	a.told("c", "same pod")
	b.reads(promised, "one", "two", "three")
	c.reads(promised, "same pod")
	gone.resume(pods[1], promised)
	gone.reads(promised, "kept")
	for _, m := range []*client{a, b, c, gone} {
		m.sees(promised, "a", "b", "c", "gone")
	}
	for _, p := range pods {
		p.steady(t)
		p.gapless(t)
	}
}

// unavailableAtOnce tries everything that needs Redis; a and c are on one pod.
func unavailableAtOnce(t *testing.T, a, c *client) {
	t.Helper()
	ctx, p := t.Context(), a.pod
	for _, to := range []wire.PeerID{"b", "c"} {
		a.id++
		atOnceDo(t, "Send", func() {
			if o := a.post(to, a.id, false, "x").within(t, patience); o.Code != wire.CodeUnavailable || o.RetryAfter <= 0 {
				t.Errorf("Send to %s: %+v", to, o)
			}
		})
		a.id-- // its client sends the first of them again
	}
	for what, f := range map[string]func() error{
		"Attach": func() error {
			_, err := p.Attach(ctx, broker.AttachRequest{Address: broker.Address{App: testApp, Peer: "new"}, Grace: time.Minute})
			return err
		},
		"Confirm": func() error { return p.Confirm(ctx, c.Ref) },
		"Join":    func() error { _, err := p.Join(ctx, c.Ref, "other", nil); return err },
		"Leave":   func() error { return p.Leave(ctx, c.Ref, testRoom) },
		"Roster":  func() error { _, err := p.Roster(ctx, c.Ref, testRoom); return err },
		"Inbox":   func() error { _, err := p.Inbox(ctx, c.Ref, 0, make([]broker.Entry, 0, 1)); return err },
		"Ack":     func() error { return p.Ack(ctx, c.Ref, 0) },
		"End":     func() error { return p.End(ctx, c.Ref) },
	} {
		atOnceDo(t, what, func() {
			if err := f(); !errors.Is(err, broker.ErrUnavailable) {
				t.Errorf("%s: %v", what, err)
			}
		})
	}
}

// TestFrozenBurst has many signals under way when Redis stands still: each is answered, none is held for long.
func TestFrozenBurst(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := startPods(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, 1)[0]
	const senders = 100
	var all []*client
	for i := range senders {
		c := p.attach(t, wire.PeerID(fmt.Sprint("p", i)), time.Minute)
		c.told(c.Peer, "the way is known")
		all = append(all, c)
	}
	s.Freeze()
	answers := make([]answer, 0, senders*wire.Window)
	began := time.Now()
	for range wire.Window {
		for _, c := range all {
			c.id++
			answers = append(answers, c.post(c.Peer, c.id, false, "x"))
		}
	}
	for _, a := range answers {
		if o := a.within(t, patience); o.Code != wire.CodeUnavailable {
			t.Fatalf("%+v", o)
		}
	}
	t.Logf("%d signals answered after %v", len(answers), time.Since(began))
	if d := time.Since(began); d > promised+noise {
		t.Errorf("signals are held for %v", d)
	}
	s.Thaw()
	p.awaitLink(t, true, time.Now(), promised)
	for _, c := range all { // the window is sent again, and each comes once
		want := []string{"the way is known"}
		for i := range wire.Window {
			id := c.id - wire.Window + 1 + int64(i)
			o := eventually(t, patience, "again", func() (broker.Outcome, error) {
				o := c.post(c.Peer, id, true, "x").within(t, patience)
				if o.Code == wire.CodeUnavailable {
					return o, broker.ErrUnavailable
				}
				return o, nil
			})
			if o.Code != "" {
				t.Fatalf("%s %d: %+v", c.Peer, id, o)
			}
			want = append(want, "x")
		}
		c.reads(promised, want...)
	}
}

// TestFrozenNoticed freezes Redis at many moments between its renewals and echoes, under load: each time is noticed in time.
func TestFrozenNoticed(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := startPods(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, 1)[0]
	c := p.attach(t, "a", time.Minute)
	data, _ := json.Marshal("x")
	for i := range 4 {
		for range 20 + 37*i { // as long as these take
			c.pod.Send(t.Context(), &broker.Signal{From: c.Ref, To: "nobody", Kind: "k", Data: data}, make(answer, 1))
		}
		began := time.Now()
		s.Freeze()
		p.awaitLink(t, false, began, promised)
		s.Thaw()
		p.awaitLink(t, true, time.Now(), promised)
	}
}
