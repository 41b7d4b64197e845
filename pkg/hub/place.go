package hub

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// maxHeld bounds the presences that wait for a roster to be answered.
const maxHeld = 4096

// Place is a session's attachment on this pod. Its session calls Release exactly once, after Detach or End.
type Place struct {
	hub     *Hub
	seat    Seat
	addr    broker.Address
	counted bool

	mu    sync.Mutex
	ref   broker.Ref // Att is 0 until the broker has answered
	over  bool
	early broker.Ref // the newest attachment lost before this one was known
	code  wire.CloseCode
	views map[wire.RoomID]*view
}

// view is what the client of this place knows of a room.
type view struct {
	v       int64
	holding bool // an answer with a roster is on its way to the client
	held    []broker.Presence
}

// seated says which attachment this place has become.
func (p *Place) seated(a broker.Attachment) {
	p.mu.Lock()
	p.ref = a.Ref
	lost := p.early.Att != 0 && covers(p.early, p.ref)
	code := p.code
	p.over = p.over || lost
	p.mu.Unlock()
	for _, room := range a.Rooms {
		p.watch(room)
	}
	if lost {
		p.seat.Lost(code)
	}
}

// covers reports whether the loss of ref is also that of mine.
func covers(ref, mine broker.Ref) bool {
	return ref.N > mine.N || ref.N == mine.N && ref.Att >= mine.Att
}

func (p *Place) lost(ref broker.Ref, code wire.CloseCode) {
	p.mu.Lock()
	if p.ref.Att == 0 { // not known yet which one this is
		if p.early.Att == 0 || covers(ref, p.early) {
			p.early, p.code = ref, code
		}
		p.mu.Unlock()
		return
	}
	tell := !p.over && covers(ref, p.ref)
	p.over = p.over || tell
	p.mu.Unlock()
	if tell {
		p.seat.Lost(code)
	}
}

func (p *Place) is(n int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ref.N == n && !p.over
}

// Ref returns the attachment.
func (p *Place) Ref() broker.Ref {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ref
}

// Confirm is Broker.Confirm.
func (p *Place) Confirm(ctx context.Context) error { return p.hub.broker.Confirm(ctx, p.ref) }

// Inbox is Broker.Inbox.
func (p *Place) Inbox(ctx context.Context, seq int64, buf []broker.Entry) ([]broker.Entry, error) {
	return p.hub.broker.Inbox(ctx, p.ref, seq, buf)
}

// Ack is Broker.Ack.
func (p *Place) Ack(ctx context.Context, seq int64) error {
	return p.hub.broker.Ack(ctx, p.ref, seq)
}

// Send is Broker.Send, from this place.
func (p *Place) Send(ctx context.Context, s *broker.Signal, a broker.Answerer) {
	s.From = p.ref
	p.hub.broker.Send(ctx, s, a)
}

// Detach is Broker.Detach.
func (p *Place) Detach(ctx context.Context) error { return p.hub.broker.Detach(ctx, p.ref) }

// End is Broker.End.
func (p *Place) End(ctx context.Context) error { return p.hub.broker.End(ctx, p.ref) }

// Release gives the place up.
func (p *Place) Release() {
	p.mu.Lock()
	views := p.views
	p.views = nil
	p.over = true
	p.mu.Unlock()
	for room := range views {
		p.hub.exitRoom(p, broker.RoomAddress{App: p.addr.App, Room: room})
	}
	p.hub.exit(p)
	if p.counted {
		p.hub.count.Add(-1)
	}
}

// Join is Broker.Join. Presence of the room is held from here on until Settle.
func (p *Place) Join(ctx context.Context, room wire.RoomID, meta json.RawMessage) (broker.Roster, error) {
	fresh := p.watch(room)
	r, err := p.hub.broker.Join(ctx, p.ref, room, meta)
	if err != nil {
		p.failed(room, fresh && !errors.Is(err, broker.ErrUnavailable))
	}
	return r, err
}

// Roster is Broker.Roster. Presence of the room is held from here on until Settle.
func (p *Place) Roster(ctx context.Context, room wire.RoomID) (broker.Roster, error) {
	fresh := p.watch(room)
	r, err := p.hub.broker.Roster(ctx, p.ref, room)
	if err != nil {
		p.failed(room, fresh || errors.Is(err, broker.ErrNotAMember))
	}
	return r, err
}

// Leave is Broker.Leave.
func (p *Place) Leave(ctx context.Context, room wire.RoomID) error {
	err := p.hub.broker.Leave(ctx, p.ref, room)
	if err == nil || errors.Is(err, broker.ErrNotAMember) {
		p.unwatch(room)
	}
	return err
}
