package client

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func inRoom(v int64) (*Client, *room) {
	r := &room{name: "r", joined: true, v: v, members: map[wire.PeerID]wire.Member{}}
	return &Client{rooms: map[wire.RoomID]*room{"r": r}, order: []wire.RoomID{"r"}, eventCap: eventSlack, pending: pending{window: wire.Window},
		eventWake: make(chan struct{}, 1), opts: Options{}.normal()}, r
}

func present(v int64) *wire.Message {
	return &wire.Message{Type: wire.TypePresence, Room: "r", V: v, Event: wire.EventJoin, Peer: "bob", N: v}
}

// TestRosterIsAskedForAtIntervals: a gateway whose rosters never fill the hole is not asked without end.
func TestRosterIsAskedForAtIntervals(t *testing.T) {
	c, r := inRoom(1)
	if err := c.onPresence(present(5)); err != nil || len(c.pending.waiting) != 1 || len(c.events) != 0 {
		t.Fatal(err, c.pending.waiting, c.events)
	}
	first := c.pending.waiting[0].at
	of, _ := c.pending.pick(first)
	if of == nil || of.msg.Type != wire.TypeRoster {
		t.Fatalf("got %+v", of)
	}
	if err := c.onRoster(&wire.Message{Type: wire.TypeRoster, ID: of.msg.ID, V: 2}); err != nil {
		t.Fatal(err)
	}
	if !r.waiting || len(c.pending.waiting) != 1 || c.pending.waiting[0].at.Before(first.Add(askAgain)) {
		t.Fatalf("waiting %v, calls %+v", r.waiting, c.pending.waiting)
	}
}

// TestHeldPresenceIsBounded, and the roster that is asked for makes up for what went.
func TestHeldPresenceIsBounded(t *testing.T) {
	c, r := inRoom(1)
	r.waiting = true // for a roster without id
	for v := range int64(3 * maxHeld) {
		if err := c.onPresence(present(v + 2)); err != nil {
			t.Fatal(err)
		}
		if len(r.held) > maxHeld {
			t.Fatal(len(r.held))
		}
	}
	if !r.asked || len(c.pending.waiting) != 1 {
		t.Fatal("no roster was asked for")
	}
}

// TestRosterRefused: without a list the room goes on from what is known; a limited rate only delays.
func TestRosterRefused(t *testing.T) {
	c, r := inRoom(1)
	_ = c.onPresence(present(5))
	_ = c.onPresence(present(6))
	of, _ := c.pending.pick(time.Now().Add(time.Hour))
	c.onError(nil, &wire.Message{Type: wire.TypeError, ID: of.msg.ID, Code: wire.CodeRateLimited, RetryAfter: 7})
	if len(c.pending.waiting) != 1 || time.Until(c.pending.waiting[0].at) < 6*time.Second || !r.asked {
		t.Fatalf("%+v", c.pending.waiting)
	}
	of, _ = c.pending.pick(time.Now().Add(time.Hour))
	c.onError(nil, &wire.Message{Type: wire.TypeError, ID: of.msg.ID, Code: wire.CodeForbidden})
	if r.waiting || r.asked || r.v != 6 || len(c.pending.waiting) != 0 {
		t.Fatalf("%+v", r)
	}
	if _ = c.onPresence(present(7)); r.v != 7 || len(c.events) != 1 {
		t.Fatalf("%+v", r)
	}
}
