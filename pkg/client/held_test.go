package client

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// places is an audience: who is in which room.
type places map[wire.RoomID][]wire.PeerID

func (p places) hears(room wire.RoomID, peer wire.PeerID) bool { return slices.Contains(p[room], peer) }

func (p places) meet(a, b wire.RoomID) bool {
	return slices.ContainsFunc(p[a], func(peer wire.PeerID) bool { return p.hears(b, peer) })
}

func toRoom(room wire.RoomID) *call {
	return &call{msg: wire.Message{Type: wire.TypeSignal, Room: room}, done: make(chan answer, 1)}
}

func toMember(room wire.RoomID, to wire.PeerID) *call {
	c := toRoom(room)
	c.msg.To = to
	return c
}

func about(typ wire.Type, room wire.RoomID) *call {
	return &call{msg: wire.Message{Type: typ, Room: room}}
}

// TestHeldBlocks goes through pairs of an earlier call that waits, without an id and with one, and a later one.
func TestHeldBlocks(t *testing.T) {
	who := places{"r1": {"bob", "dave"}, "r2": {"bob"}, "r3": {"erin"}}
	join, roster, renew := about(wire.TypeJoin, "r1"), about(wire.TypeRoster, "r1"), &call{msg: wire.Message{Type: wire.TypeRenew}}
	for _, tt := range []struct {
		name           string
		earlier, later *call
		unsent, sent   bool
	}{
		{"a peer and the same", sig("bob"), sig("bob"), true, true},
		{"a peer and another", sig("bob"), sig("dave"), false, false},
		{"a peer and its room", sig("bob"), toRoom("r1"), true, true},
		{"a peer and a room it is not known in", sig("bob"), toRoom("r3"), false, true},
		{"a peer and a room that is not known", sig("bob"), toRoom("r9"), false, true},
		{"a room and its member", toRoom("r1"), sig("bob"), true, true},
		{"a room and a stranger", toRoom("r1"), sig("carol"), false, true},
		{"a room and the same", toRoom("r9"), toRoom("r9"), true, true},
		{"rooms with a common member", toRoom("r1"), toRoom("r2"), true, true},
		{"rooms without", toRoom("r2"), toRoom("r3"), false, true},
		{"a member and another", toMember("r1", "bob"), toMember("r1", "dave"), false, false},
		{"a member and its room, which is not known", toMember("r9", "bob"), toRoom("r9"), true, true},
		{"a room that is not known and its member", toRoom("r9"), toMember("r9", "bob"), true, true},
		{"a member of one room and another it is in", toMember("r9", "bob"), toRoom("r2"), true, true},
		{"a join and its room", join, toRoom("r1"), true, true},
		{"a join and a member by the room", join, toMember("r1", "bob"), true, true},
		{"a join and a member", join, sig("bob"), false, false},
		{"a join and a roster", join, roster, true, true},
		{"a join and another room with a common member", join, toRoom("r2"), false, false},
		{"a room and a roster", toRoom("r1"), roster, true, true},
		{"a room and a roster of another", toRoom("r2"), roster, false, false},
		{"a member by the room and a roster", toMember("r1", "bob"), roster, true, true},
		{"a member and a roster", sig("bob"), roster, false, false},
		{"a renewal and anything", renew, toRoom("r1"), false, false},
		{"anything and a renewal", toRoom("r1"), renew, false, false},
	} {
		for _, sent := range []bool{false, true} {
			earlier, want := *tt.earlier, tt.unsent
			if earlier.sent = sent; sent {
				want = tt.sent
			}
			h := held{who: who}
			if h.blocks(&tt.later.msg) {
				t.Errorf("%s: blocked by nothing", tt.name)
			}
			h.add(&earlier)
			if got := h.blocks(&tt.later.msg); got != want {
				t.Errorf("%s, sent %v: %v, want %v", tt.name, sent, got, want)
			}
		}
	}
}

// TestOrderFollowsTheView: what waits because of who is in a room goes when that is no longer so.
func TestOrderFollowsTheView(t *testing.T) {
	now := time.Now()
	c, r := inRoom(1)
	p := &c.pending
	p.who = c
	r.members["bob"] = wire.Member{Peer: "bob", N: 9}
	join := about(wire.TypeJoin, "r")
	join.at = now.Add(time.Second)
	p.waiting = []*call{join, toRoom("r"), sig("bob")}
	if got, _ := p.pick(now); got != nil {
		t.Fatalf("%+v went before what waits for the join", got.msg)
	}
	leave := present(2)
	leave.Event, leave.N = wire.EventLeave, 9
	if err := c.onPresence(leave); err != nil {
		t.Fatal(err)
	}
	if got, _ := p.pick(now); got == nil || got.msg.To != "bob" {
		t.Fatalf("got %+v", got)
	}
}

// TestMeet: two rooms meet in a member other than oneself, whichever is larger.
func TestMeet(t *testing.T) {
	c, _ := inRoom(1)
	c.session.peer = "alice"
	for name, peers := range map[wire.RoomID][]wire.PeerID{"a": {"alice", "bob"}, "b": {"alice", "carol", "dave"}, "c": {"dave"}} {
		r := &room{name: name, joined: true}
		for _, p := range peers {
			r.set(1, append(slices.Collect(maps.Values(r.members)), wire.Member{Peer: p}))
		}
		c.rooms[name] = r
	}
	for pair, want := range map[[2]wire.RoomID]bool{{"a", "b"}: false, {"b", "c"}: true, {"a", "c"}: false, {"a", "unknown"}: false} {
		if c.meet(pair[0], pair[1]) != want || c.meet(pair[1], pair[0]) != want {
			t.Errorf("%v: want %v", pair, want)
		}
	}
	if c.hears("a", "alice") || !c.hears("a", "bob") || c.hears("unknown", "bob") {
		t.Error("a room is heard by its other members")
	}
}
