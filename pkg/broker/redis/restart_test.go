package redis

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestRestarted has Redis killed and started again: with nothing, or with all that was acknowledged.
func TestRestarted(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		testRestarted(t, redistest.Start(t), true)
	})
	t.Run("with its data", func(t *testing.T) {
		t.Parallel()
		testRestarted(t, redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always"), false)
	})
}

func testRestarted(t *testing.T, s *redistest.Server, empty bool) {
	pods := startPods(t, Options{Addresses: []string{s.Addr()}}, 3)
	const grace = time.Minute
	a, b, c := pods[0].attach(t, "a", grace), pods[1].attach(t, "b", grace), pods[2].attach(t, "c", grace)
	away := pods[2].attach(t, "away", grace)
	alone := pods[1].attach(t, "alone", grace) // in no room
	everybody := []*client{a, b, c, away}
	for _, m := range everybody {
		m.join()
	}
	for _, p := range pods[:2] {
		p.until(t, patience, "join of away", func() bool {
			return len(p.presence) > 0 && p.presence[len(p.presence)-1].Peer == "away"
		})
	}
	for _, text := range []string{"1", "2", "3"} { // unread; b's pod has been told of them
		a.told("b", text)
	}
	pods[1].until(t, patience, "wakes of b", func() bool { return pods[1].wakes[b.Address] >= 3 })
	a.told("c", "1")
	a.told("c", "2")
	c.reads(patience, "1", "2")
	c.ack() // the ack waits in the pod
	a.told("away", "kept")
	away.pod.until(t, patience, "wake of away", func() bool { return away.pod.wakes[away.Address] >= 1 })
	away.detach()
	for _, p := range pods {
		p.anew()
	}

	killed := time.Now()
	s.Kill()
	a.id++
	lost := a.post("c", a.id, false, "3").within(t, promised)
	if lost.Code != wire.CodeUnavailable {
		t.Errorf("a signal while Redis is down: %+v", lost)
	}
	awaitLinks(t, pods, false, killed, promised)
	s.Restart(t, empty)
	answers := time.Now()
	awaitLinks(t, pods, true, answers, promised)
	left := func() time.Duration { return max(0, promised+noise-time.Since(answers)) }
	for _, m := range []*client{a, b, c, alone} {
		m.pod.until(t, left(), "Gap of "+string(m.Peer), func() bool { return m.pod.gaps[m.Address] > 0 })
	}
	if o := a.again("c", "3", left()); o.Code != "" {
		t.Errorf("sent again: %+v", o)
	}
	c.reads(left(), "3")
	if c.seq != 3 {
		t.Errorf("seq %d was used", c.seq)
	}
	b.reads(left(), "1", "2", "3")
	away.resume(pods[0], left())
	if len(away.Rooms) != 1 || away.Rooms[0] != testRoom {
		t.Errorf("rooms of away: %q", away.Rooms)
	}
	away.reads(left(), "kept")
	for _, m := range everybody {
		m.sees(left(), "a", "b", "c", "away")
	}
	t.Logf("all there after %v", time.Since(answers))

	for _, p := range pods {
		p.until(t, promised, "Stale", func() bool { return p.stale[testRoomAt] > 0 })
		p.steady(t, "away") // its old pod may be told that it has lost it
		p.mu.Lock()
		for _, c := range p.presence {
			t.Errorf("presence: %s of %s", c.Event, c.Peer)
		}
		p.mu.Unlock()
	}
	for _, m := range []*client{b, c, away, alone} { // and everything goes on
		a.told(m.Peer, "on")
		m.reads(promised, "on")
		m.ack()
	}
	b.resume(pods[2], promised)
	b.reads(promised)
	a.pod.anew()
	end(b)
	a.pod.leftOrStale(t, promised, b.Ref)
	a.sees(promised, "a", "c", "away")
}

func end(c *client) {
	c.t.Helper()
	c.must("End", c.pod.End(c.t.Context(), c.Ref))
}

// TestRestartedTwice has Redis emptied twice, the second time with what was resumed and detached after the first.
func TestRestartedTwice(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	pods := startPods(t, Options{Addresses: []string{s.Addr()}}, 2)
	a, b := pods[0].attach(t, "a", time.Minute), pods[0].attach(t, "b", time.Minute)
	a.join()
	a.told("b", "1")
	b.reads(patience, "1")
	b.ack()
	empty := func() {
		killed := time.Now()
		s.Kill()
		awaitLinks(t, pods, false, killed, promised)
		s.Restart(t, true)
		awaitLinks(t, pods, true, time.Now(), promised)
	}
	empty()
	b.resume(pods[1], promised+noise)
	a.told("b", "2")
	b.reads(promised, "2")
	a.told("b", "3")
	pods[1].until(t, patience, "wake", func() bool { return pods[1].wakes[b.Address] >= 2 })
	b.detach()
	a.detach()
	empty()
	b.resume(pods[0], promised+noise)
	b.reads(promised, "3")
	a.resume(pods[1], promised+noise)
	a.sees(promised+noise, "a")
	a.told("b", "4")
	b.reads(promised, "4")
}

// TestRestartedLatePod has one pod hear of a Redis that was emptied later than the other: its sessions are not taken for gone meanwhile.
func TestRestartedLatePod(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	x := startProxy(t, s.Addr())
	early := startPod(t, Options{Addresses: []string{s.Addr()}}, broker.Limits{})
	late := startPod(t, Options{Addresses: []string{x.addr()}}, broker.Limits{})
	a, b, c := early.attach(t, "a", time.Minute), late.attach(t, "b", time.Minute), late.attach(t, "c", time.Minute)
	a.join()
	b.join()
	a.told("b", "1")
	b.reads(patience, "1")
	killed := time.Now()
	x.cut()
	s.Kill()
	awaitLinks(t, []*pod{early, late}, false, killed, promised)
	s.Restart(t, true)
	early.awaitLink(t, true, time.Now(), promised)
	a.id++
	room := make(answer, 2)
	for what, got := range map[string]answer{
		"to a peer": a.post("b", a.id, false, "2"),
		"to a room": func() answer {
			a.pod.Send(t.Context(), &broker.Signal{From: a.Ref, ID: a.id + 1, Room: testRoom, Data: quote("3")}, room)
			return room
		}(),
	} {
		if o := got.within(t, promised); o.Code != wire.CodeUnavailable {
			t.Errorf("a signal %s that has not been written anew: %+v", what, o)
		}
	}
	claim := broker.AttachRequest{
		Address: c.Address, Grace: time.Minute, Resume: &wire.Resume{Session: c.Session, Secret: c.Secret},
	}
	if a, err := early.Attach(t.Context(), claim); err == nil && !a.Resumed {
		t.Error("a session that has not been written anew is not resumed but replaced")
	}
	x.heal()
	healed := time.Now()
	late.awaitLink(t, true, healed, promised)
	if o := a.again("b", "2", promised); o.Code != "" {
		t.Errorf("sent again: %+v", o)
	}
	b.reads(promised, "2")
	c.resume(early, promised)
	a.sees(promised, "a", "b")
}
