package hub

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestHoleMakesStale passes an event on that comes after a missing one, and says that the room is stale; the first event of
// a room whose version is not known is no hole.
func TestHoleMakesStale(t *testing.T) {
	b := &late{}
	h, p, e := seat(t, b, 1, 1)
	b.err = broker.ErrUnavailable
	if _, err := p.Join(t.Context(), "r", nil); err != broker.ErrUnavailable {
		t.Fatal(err)
	}
	h.Presence(room, event(5, "bob"))
	h.Presence(room, event(6, "carol"))
	e.expect(t, "join bob 5", "join carol 6")
	h.Presence(room, event(8, "dave"))
	e.expect(t, "join dave 8", "stale r")
	h.Presence(room, event(7, "erin")) // too late
	h.Presence(room, broker.Presence{V: 10, Event: wire.EventUpdate, Member: broker.Member{Peer: "alice", N: 1}})
	e.expect(t, "stale r")
	b.err, b.roster.V = nil, 10
	b.during = func() {
		h.Presence(room, event(9, "dave"))
		h.Presence(room, event(12, "frank"))
		h.Stale(room) // even while a roster is on its way: it may be of before
	}
	if _, err := p.Roster(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	e.expect(t, "stale r")
	p.Settle("r", 10)
	e.expect(t, "join frank 12", "stale r")
	h.Stale(broker.RoomAddress{App: "default", Room: "other"})
	h.Stale(broker.RoomAddress{App: "other", Room: "r"})
	h.Lost(p.Ref(), wire.CloseLeaseLost)
	h.Stale(room)
	e.expect(t, "lost lease_lost")
}
