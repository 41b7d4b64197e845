package hub

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Seat is a session's ear. Its methods never block and never call the hub.
type Seat interface {
	// Wake says that signals wait in the inbox.
	Wake()
	// Lost says that the place is gone, once, and with which code the socket is to be closed.
	Lost(code wire.CloseCode)
	// Presence is a change in a room of the session, made by another peer.
	Presence(room wire.RoomID, p broker.Presence)
	Receipt(r broker.Receipt)
	Gap()
	// Stale says that changes of a room may have been missed.
	Stale(room wire.RoomID)
}

const shardCount = 64

// Hub is the registry of one pod.
type Hub struct {
	broker broker.Broker
	seed   maphash.Seed
	places [shardCount]placeShard
	rooms  [shardCount]roomShard
	count  atomic.Int64
}

type placeShard struct {
	mu sync.RWMutex
	// at lists the places of an address: one that is attached, perhaps an older one that does not know yet, and those
	// that ask to be.
	at map[broker.Address][]*Place
}

type roomShard struct {
	mu sync.RWMutex
	in map[broker.RoomAddress]map[*Place]struct{}
}

// New returns a Hub over b.
func New(b broker.Broker) *Hub {
	h := &Hub{broker: b, seed: maphash.MakeSeed()}
	for i := range h.places {
		h.places[i].at = make(map[broker.Address][]*Place)
		h.rooms[i].in = make(map[broker.RoomAddress]map[*Place]struct{})
	}
	return h
}

// Start begins to listen to the broker.
func (h *Hub) Start(ctx context.Context) error { return h.broker.Start(ctx, h) }

// Check reports whether the broker answers.
func (h *Hub) Check(ctx context.Context) error { return h.broker.Check(ctx) }

// Sessions returns how many sessions are attached on this pod.
func (h *Hub) Sessions() int { return int(h.count.Load()) }

// Rooms returns how many rooms have a member on this pod.
func (h *Hub) Rooms() int {
	n := 0
	for i := range h.rooms {
		h.rooms[i].mu.RLock()
		n += len(h.rooms[i].in)
		h.rooms[i].mu.RUnlock()
	}
	return n
}

// Attach opens, resumes or takes over a session and seats it. The place is known to the hub before the broker is asked, so that
// nothing told meanwhile is missed.
func (h *Hub) Attach(ctx context.Context, seat Seat, req broker.AttachRequest) (*Place, broker.Attachment, error) {
	p := &Place{hub: h, seat: seat, addr: req.Address}
	h.enter(p)
	a, err := h.broker.Attach(ctx, req)
	if err != nil {
		h.exit(p)
		return nil, a, err
	}
	h.count.Add(1)
	p.counted = true
	p.seated(a)
	return p, a, nil
}

func (h *Hub) placeShard(a broker.Address) *placeShard {
	return &h.places[maphash.Comparable(h.seed, a)%shardCount]
}

func (h *Hub) roomShard(a broker.RoomAddress) *roomShard {
	return &h.rooms[maphash.Comparable(h.seed, a)%shardCount]
}

func (h *Hub) enter(p *Place) {
	sh := h.placeShard(p.addr)
	sh.mu.Lock()
	sh.at[p.addr] = append(sh.at[p.addr], p)
	sh.mu.Unlock()
}

// exit forgets a place.
func (h *Hub) exit(p *Place) {
	sh := h.placeShard(p.addr)
	sh.mu.Lock()
	list := slices.DeleteFunc(slices.Clone(sh.at[p.addr]), func(q *Place) bool { return q == p })
	if len(list) == 0 {
		delete(sh.at, p.addr)
	} else {
		sh.at[p.addr] = list
	}
	sh.mu.Unlock()
}

func (h *Hub) enterRoom(p *Place, at broker.RoomAddress) {
	rs := h.roomShard(at)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.in[at] == nil {
		rs.in[at] = make(map[*Place]struct{})
	}
	rs.in[at][p] = struct{}{}
}

func (h *Hub) exitRoom(p *Place, at broker.RoomAddress) {
	rs := h.roomShard(at)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.in[at], p)
	if len(rs.in[at]) == 0 {
		delete(rs.in, at)
	}
}
