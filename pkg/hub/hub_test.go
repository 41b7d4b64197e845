package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// late is a broker whose events come when a network would bring them: while a call is under way.
type late struct {
	broker.Broker
	sink broker.Sink
	// during runs between a call's taking effect and its return.
	during func()
	attach broker.Attachment
	roster broker.Roster
	err    error
}

func (l *late) Start(_ context.Context, s broker.Sink) error { l.sink = s; return nil }

func (l *late) pause() {
	if l.during != nil {
		l.during()
	}
}

func (l *late) Attach(context.Context, broker.AttachRequest) (broker.Attachment, error) {
	l.pause()
	return l.attach, l.err
}

func (l *late) Join(context.Context, broker.Ref, wire.RoomID, json.RawMessage) (broker.Roster, error) {
	l.pause()
	return l.roster, l.err
}

func (l *late) Roster(context.Context, broker.Ref, wire.RoomID) (broker.Roster, error) {
	l.pause()
	return l.roster, l.err
}

func (l *late) Leave(context.Context, broker.Ref, wire.RoomID) error { return l.err }

// ear writes down what it is told.
type ear struct{ told []string }

func (e *ear) Wake()                  { e.told = append(e.told, "wake") }
func (e *ear) Lost(c wire.CloseCode)  { e.told = append(e.told, "lost "+c.Reason()) }
func (e *ear) Receipt(broker.Receipt) { e.told = append(e.told, "receipt") }
func (e *ear) Gap()                   { e.told = append(e.told, "gap") }
func (e *ear) Stale(r wire.RoomID)    { e.told = append(e.told, "stale "+string(r)) }
func (e *ear) Presence(r wire.RoomID, p broker.Presence) {
	e.told = append(e.told, fmt.Sprintf("%s %s %d", p.Event, p.Peer, p.V))
}

func (e *ear) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(e.told, want) {
		t.Errorf("told %q, want %q", e.told, want)
	}
	e.told = nil
}

var alice = broker.Address{App: "default", Peer: "alice"}

func seat(t *testing.T, b *late, n, att int64) (*Hub, *Place, *ear) {
	t.Helper()
	h := New(b)
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := &ear{}
	b.attach = broker.Attachment{Ref: broker.Ref{Address: alice, N: n, Att: att}}
	p, _, err := h.Attach(t.Context(), e, broker.AttachRequest{Address: alice})
	if err != nil {
		t.Fatal(err)
	}
	return h, p, e
}

func event(v int64, peer wire.PeerID) broker.Presence {
	return broker.Presence{V: v, Event: wire.EventJoin, Member: broker.Member{Peer: peer, N: 1}}
}

var room = broker.RoomAddress{App: "default", Room: "r"}

// TestPresenceWaitsForTheRoster holds an event that comes before the roster it builds on back until the client has that.
func TestPresenceWaitsForTheRoster(t *testing.T) {
	b := &late{roster: broker.Roster{V: 3}}
	h, p, e := seat(t, b, 1, 1)
	b.during = func() {
		for _, v := range []int64{2, 3, 4, 5} {
			h.Presence(room, event(v, "bob"))
		}
	}
	if _, err := p.Join(t.Context(), "r", nil); err != nil {
		t.Fatal(err)
	}
	e.expect(t)
	h.Presence(room, event(6, "carol"))
	e.expect(t)
	p.Settle("r", 3)
	e.expect(t, "join bob 4", "join bob 5", "join carol 6")
	h.Presence(room, event(6, "carol")) // told twice
	h.Presence(room, broker.Presence{V: 7, Event: wire.EventUpdate, Member: broker.Member{Peer: "alice", N: 1}})
	h.Presence(room, event(8, "dave"))
	e.expect(t, "join dave 8")
	b.roster.V = 9
	b.during = func() { h.Presence(room, event(10, "erin")) }
	if _, err := p.Roster(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	p.Settle("r", 9)
	e.expect(t, "join erin 10")
	if err := p.Leave(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	h.Presence(room, event(11, "frank"))
	e.expect(t)
	if h.Rooms() != 0 || p.Rooms() != 0 {
		t.Errorf("%d rooms on the pod, %d of the place", h.Rooms(), p.Rooms())
	}
}

// TestFailedJoinLetsGo leaves no trace of a join that was refused, and keeps the room of one that may have been taken.
func TestFailedJoinLetsGo(t *testing.T) {
	b := &late{err: broker.ErrRoomFull}
	h, p, e := seat2(t, b)
	if _, err := p.Join(t.Context(), "r", nil); err != broker.ErrRoomFull {
		t.Fatal(err)
	}
	if h.Rooms() != 0 || p.In("r") {
		t.Error("the room is still watched")
	}
	b.err = broker.ErrUnavailable
	if _, err := p.Join(t.Context(), "r", nil); err != broker.ErrUnavailable {
		t.Fatal(err)
	}
	h.Presence(room, event(1, "bob"))
	e.expect(t, "join bob 1")
	b.err = broker.ErrNotAMember
	if _, err := p.Roster(t.Context(), "r"); err != broker.ErrNotAMember {
		t.Fatal(err)
	}
	if h.Rooms() != 0 {
		t.Error("a room that it is not in is watched")
	}
}

func seat2(t *testing.T, b *late) (*Hub, *Place, *ear) {
	err := b.err
	b.err = nil
	h, p, e := seat(t, b, 1, 1)
	b.err = err
	return h, p, e
}

// TestHeldIsBounded closes a socket for which too much would be held.
func TestHeldIsBounded(t *testing.T) {
	b := &late{}
	h, p, e := seat(t, b, 1, 1)
	b.during = func() {
		for v := range int64(maxHeld + 2) {
			h.Presence(room, event(v+1, "bob"))
		}
	}
	if _, err := p.Join(t.Context(), "r", nil); err != nil {
		t.Fatal(err)
	}
	e.expect(t, "lost slow_consumer")
}

// TestLostWhileAttaching tells a place that was overtaken before its own attach returned.
func TestLostWhileAttaching(t *testing.T) {
	for _, tt := range []struct {
		lost broker.Ref
		want []string
	}{
		{broker.Ref{Address: alice, N: 5, Att: 2}, []string{"lost resumed"}},
		{broker.Ref{Address: alice, N: 5, Att: 3}, []string{"lost resumed"}},
		{broker.Ref{Address: alice, N: 6, Att: 1}, []string{"lost resumed"}},
		{broker.Ref{Address: alice, N: 5, Att: 1}, nil}, // the one that this place has replaced
		{broker.Ref{Address: alice, N: 4, Att: 9}, nil},
	} {
		b := &late{attach: broker.Attachment{Ref: broker.Ref{Address: alice, N: 5, Att: 2}}}
		h := New(b)
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.during = func() { h.Lost(tt.lost, wire.CloseResumed) }
		e := &ear{}
		p, _, err := h.Attach(t.Context(), e, broker.AttachRequest{Address: alice})
		if err != nil {
			t.Fatal(err)
		}
		e.expect(t, tt.want...)
		h.Lost(broker.Ref{Address: alice, N: 9, Att: 9}, wire.CloseReplaced)
		if tt.want == nil {
			e.expect(t, "lost replaced")
		} else {
			e.expect(t) // once is enough
		}
		p.Release()
		if h.Sessions() != 0 {
			t.Errorf("%d sessions", h.Sessions())
		}
	}
}

// TestTellsTheRightOne gives receipts to the incarnation that asked, and nothing to a place that was released.
func TestTellsTheRightOne(t *testing.T) {
	b := &late{}
	h, p, e := seat(t, b, 7, 1)
	h.Receipt(alice, 6, broker.Receipt{})
	e.expect(t)
	h.Receipt(alice, 7, broker.Receipt{})
	h.Wake(alice)
	h.Gap(alice)
	e.expect(t, "receipt", "wake", "gap")
	p.Release()
	h.Receipt(alice, 7, broker.Receipt{})
	h.Wake(alice)
	e.expect(t)
	b.err = broker.ErrTaken
	if _, _, err := h.Attach(t.Context(), e, broker.AttachRequest{Address: alice}); err != broker.ErrTaken {
		t.Fatal(err)
	}
	if len(h.placesAt(alice)) != 0 {
		t.Error("a refused attach left a place")
	}
}
