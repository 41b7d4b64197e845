package brokertest

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

var graceTests = []test{
	{name: "ends the session, not before", run: testGraceEnds},
	{name: "a resume ends it", run: testGraceResumed},
	{name: "a later one is not cut short", run: testGraceAnew},
	{name: "the last attach sets it", run: testGraceShorter},
	{name: "many end, the last to come first", run: testGraceMany},
}

// lasting attaches a peer with a grace of its own.
func (f *fleet) lasting(i int, peer wire.PeerID, d time.Duration) *client {
	f.t.Helper()
	req := request(peer)
	req.Grace = d
	return f.attachAs(i, req)
}

// left waits until c, a member of the room, is told that the session of another has left it.
func (c *client) left(room wire.RoomID, other *client) {
	c.t.Helper()
	c.pod.until(c.t, "leave of "+string(other.Peer), func() bool {
		for _, p := range c.pod.presence[c.at(room)] {
			if p.Event == wire.EventLeave && p.Peer == other.Peer && p.N == other.N {
				return true
			}
		}
		return false
	})
}

func testGraceEnds(t *testing.T, f *fleet) {
	w := f.attach(1, "watcher")
	w.join("r", "")
	c := f.lasting(0, "alice", brief)
	c.join("r", "")
	w.told("alice", "x")
	began := time.Now()
	c.detach()
	if o := w.tell("alice", "y"); o.Code != "" || !o.Queued {
		t.Errorf("in grace: %+v", o)
	}
	w.left("r", c)
	// A store may count whole milliseconds, and by another clock.
	if d := time.Since(began); d < brief-10*time.Millisecond {
		t.Errorf("the grace of %v ended after %v", brief, d)
	}
	if o := w.tell("alice", "z"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("after the grace: %+v", o)
	}
	d := f.attachAs(0, c.resuming())
	if d.N <= c.N || d.WrongSecret {
		t.Errorf("n %d after %d, wrong secret %v", d.N, c.N, d.WrongSecret)
	}
	d.reads()
}

// over waits until a grace that begins now has ended: any that began before and is no longer has ended too.
func (c *client) over(room wire.RoomID, d time.Duration) {
	c.t.Helper()
	clock := c.fleet.lasting(0, "clock", d)
	clock.join(room, "")
	clock.detach()
	c.left(room, clock)
}

func testGraceResumed(t *testing.T, f *fleet) {
	w := f.attach(1, "watcher")
	w.join("r", "")
	c := f.lasting(0, "alice", brief)
	v := c.join("r", "").V
	c.detach()
	c.resume(1)
	w.over("r", brief)
	c.ack(0)
	for _, p := range w.pod.events(t, w.at("r"), v, 2) {
		if p.Peer == "alice" {
			t.Errorf("presence of a resumed session: %+v", p)
		}
	}
}

func testGraceAnew(t *testing.T, f *fleet) {
	w := f.attach(1, "watcher")
	w.join("r", "")
	c := f.lasting(0, "alice", brief)
	c.join("r", "")
	c.detach()
	c.grace = grace
	c.resume(1)
	c.detach()
	w.over("r", brief)
	if o := w.tell("alice", "x"); o.Code != "" || !o.Queued {
		t.Errorf("in its second grace: %+v", o)
	}
	c.resume(0)
	c.reads("x")
}

func testGraceShorter(t *testing.T, f *fleet) {
	w := f.attach(1, "watcher")
	w.join("r", "")
	c := f.attach(0, "alice")
	c.join("r", "")
	c.detach()
	c.grace = brief
	c.resume(1)
	c.detach()
	w.left("r", c)
}

func testGraceMany(t *testing.T, f *fleet) {
	w := f.attach(1, "watcher")
	v := w.join("r", "").V
	const n = 8
	var all [n]*client
	for i := range all { // the first to come is the last to go
		all[i] = f.lasting(i, wire.PeerID("p"+string(rune('0'+i))), brief+time.Duration(n-i)*20*time.Millisecond)
		v = all[i].join("r", "").V
	}
	for _, c := range all {
		c.detach()
	}
	all[3].resume(0)
	leave := w.pod.events(t, w.at("r"), v, n-1)
	gone := make(map[int64]bool)
	for _, p := range leave {
		if p.Event != wire.EventLeave || p.N == all[3].N || gone[p.N] {
			t.Errorf("%+v, want a leave of each that has not resumed", p)
		}
		gone[p.N] = true
	}
	all[3].ack(0)
}
