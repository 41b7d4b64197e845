package hub

import (
	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var _ broker.Sink = (*Hub)(nil)

// placesAt returns the places of an address; the slice is never changed.
func (h *Hub) placesAt(a broker.Address) []*Place {
	sh := h.placeShard(a)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.at[a]
}

// Wake implements broker.Sink.
func (h *Hub) Wake(to broker.Address) {
	for _, p := range h.placesAt(to) {
		p.seat.Wake()
	}
}

// Lost implements broker.Sink.
func (h *Hub) Lost(ref broker.Ref, code wire.CloseCode) {
	for _, p := range h.placesAt(ref.Address) {
		p.lost(ref, code)
	}
}

// Presence implements broker.Sink.
func (h *Hub) Presence(room broker.RoomAddress, ev broker.Presence) {
	rs := h.roomShard(room)
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	for p := range rs.in[room] {
		p.presence(room.Room, ev)
	}
}

// Receipt implements broker.Sink.
func (h *Hub) Receipt(to broker.Address, n int64, r broker.Receipt) {
	for _, p := range h.placesAt(to) {
		if p.is(n) {
			p.seat.Receipt(r)
		}
	}
}

// Gap implements broker.Sink.
func (h *Hub) Gap(to broker.Address) {
	for _, p := range h.placesAt(to) {
		p.seat.Gap()
	}
}

// Stale implements broker.Sink.
func (h *Hub) Stale(room broker.RoomAddress) {
	rs := h.roomShard(room)
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	for p := range rs.in[room] {
		p.stale(room.Room)
	}
}
