package hub

import (
	"maps"
	"slices"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Rooms returns how many rooms the place is in or about to be.
func (p *Place) Rooms() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.views)
}

// List returns the rooms that the place is in or about to be.
func (p *Place) List() []wire.RoomID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.views))
}

// In reports whether the place is in a room.
func (p *Place) In(room wire.RoomID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.views[room] != nil
}

// Settle says that the client has been told a room's roster at version v: what came meanwhile follows.
func (p *Place) Settle(room wire.RoomID, v int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.views[room]
	if w == nil {
		return
	}
	w.v, w.holding = v, false
	held := w.held
	w.held = nil
	for _, ev := range held {
		p.pass(room, w, ev)
	}
}

// presence passes an event on, or holds it.
func (p *Place) presence(room wire.RoomID, ev broker.Presence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.views[room]
	switch {
	case w == nil || p.over:
	case !w.holding:
		p.pass(room, w, ev)
	case len(w.held) < maxHeld:
		w.held = append(w.held, ev)
	default:
		p.over = true
		p.seat.Lost(wire.CloseSlowConsumer)
	}
}

// pass tells the seat of an event that its client does not know yet, in order: under mu.
func (p *Place) pass(room wire.RoomID, w *view, ev broker.Presence) {
	if ev.V <= w.v {
		return
	}
	hole := w.v != 0 && ev.V > w.v+1 // each change raises the version by 1
	w.v = ev.V
	if hole {
		defer p.seat.Stale(room)
	}
	if ev.Peer == p.addr.Peer && ev.N == p.ref.N {
		return
	}
	p.seat.Presence(room, ev)
}

// stale tells the seat that a room's changes may have been missed.
func (p *Place) stale(room wire.RoomID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.views[room] != nil && !p.over {
		p.seat.Stale(room)
	}
}

// watch begins to hold a room's presence and reports whether the place was not in it before.
func (p *Place) watch(room wire.RoomID) (fresh bool) {
	p.mu.Lock()
	w := p.views[room]
	if fresh = w == nil; fresh {
		w = &view{}
		if p.views == nil {
			p.views = make(map[wire.RoomID]*view)
		}
		p.views[room] = w
	}
	w.holding = true
	p.mu.Unlock()
	if fresh {
		p.hub.enterRoom(p, broker.RoomAddress{App: p.addr.App, Room: room})
	}
	return fresh
}

// failed ends a hold that no roster came of.
func (p *Place) failed(room wire.RoomID, out bool) {
	if out {
		p.unwatch(room)
		return
	}
	p.mu.Lock()
	v := int64(0)
	if w := p.views[room]; w != nil {
		v = w.v
	}
	p.mu.Unlock()
	p.Settle(room, v)
}

func (p *Place) unwatch(room wire.RoomID) {
	p.mu.Lock()
	_, in := p.views[room]
	delete(p.views, room)
	p.mu.Unlock()
	if in {
		p.hub.exitRoom(p, broker.RoomAddress{App: p.addr.App, Room: room})
	}
}
