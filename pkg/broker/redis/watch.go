package redis

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// Presence of a room comes from the pods that made the changes, each over its own way, so it may come out of order. What is too early is
// held until what is missing has come, or holeLimit has passed; then whoever is in the room reads its roster.
const (
	holeLimit = 250 * time.Millisecond
	maxHeld   = 256
)

// watches are the rooms with members on this pod.
type watches struct {
	b      *Broker
	seed   maphash.Seed
	shards [64]watchShard
}

type watchShard struct {
	mu    sync.Mutex
	rooms map[broker.RoomAddress]*watched
}

// watched is what this pod was told of a room.
type watched struct {
	members int   // of this pod
	v       int64 // the version up to which it was told; 0 before the first join has answered
	base    int64 // v when it was first known: nothing up to it was told
	held    map[int64]broker.Presence
	holes   int // raised when a hole is closed, so that its timer knows
	waiting bool
}

func (w *watches) init(b *Broker) {
	w.b, w.seed = b, maphash.MakeSeed()
	for i := range w.shards {
		w.shards[i].rooms = make(map[broker.RoomAddress]*watched)
	}
}

func (w *watches) shard(r broker.RoomAddress) *watchShard {
	return &w.shards[maphash.Comparable(w.seed, r)%uint64(len(w.shards))]
}

func (w *watches) enter(r broker.RoomAddress) {
	sh := w.shard(r)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.rooms[r] == nil {
		sh.rooms[r] = &watched{}
	}
	sh.rooms[r].members++
}

func (w *watches) exit(r broker.RoomAddress) {
	sh := w.shard(r)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if at := sh.rooms[r]; at != nil {
		if at.members--; at.members <= 0 {
			delete(sh.rooms, r)
		}
	}
}

// joined says that a member of this pod was in the room at version v.
func (w *watches) joined(r broker.RoomAddress, v int64) {
	sh := w.shard(r)
	sh.mu.Lock()
	at := sh.rooms[r]
	missed := at != nil && v < at.base // two joined at once, and the later one's answer came first
	if at != nil && at.v == 0 {
		at.v, at.base = v, v
		w.drain(r, at)
	}
	sh.mu.Unlock()
	if missed {
		w.stale(r)
	}
}

// take takes a change, from this pod or another.
func (w *watches) take(r broker.RoomAddress, p broker.Presence) {
	sh := w.shard(r)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at := sh.rooms[r]
	if at == nil || at.v != 0 && p.V <= at.v {
		return
	}
	if at.held == nil {
		at.held = make(map[int64]broker.Presence)
	}
	if len(at.held) < maxHeld {
		at.held[p.V] = p
	}
	if at.v == 0 {
		return
	}
	w.drain(r, at)
}

// drain passes on what follows the version known. The shard's mu is held: that keeps the order.
func (w *watches) drain(r broker.RoomAddress, at *watched) {
	for v := range at.held {
		if v <= at.v {
			delete(at.held, v)
		}
	}
	for {
		p, ok := at.held[at.v+1]
		if !ok {
			break
		}
		delete(at.held, p.V)
		at.v = p.V
		w.b.sink.Presence(r, p)
	}
	switch {
	case len(at.held) == 0:
		at.held, at.waiting = nil, false
		at.holes++
	case !at.waiting:
		at.waiting = true
		holes := at.holes
		time.AfterFunc(holeLimit, func() { w.giveUp(r, at, holes) })
	}
}

// giveUp stops waiting for what is missing.
func (w *watches) giveUp(r broker.RoomAddress, at *watched, holes int) {
	sh := w.shard(r)
	sh.mu.Lock()
	still := sh.rooms[r] == at && at.holes == holes && len(at.held) > 0
	if still {
		for v := range at.held {
			at.v = max(at.v, v)
		}
		at.held, at.waiting = nil, false
		at.holes++
	}
	sh.mu.Unlock()
	if still {
		w.stale(r)
	}
}

// stale has whoever is in the room here read its roster; not before it is whole again.
func (w *watches) stale(r broker.RoomAddress) {
	if w.b.settles.later(r) {
		return
	}
	w.b.metrics.stale.Inc()
	w.b.sink.Stale(r)
}

// all returns the rooms watched at this moment.
func (w *watches) all() []broker.RoomAddress {
	var list []broker.RoomAddress
	for i := range w.shards {
		w.shards[i].mu.Lock()
		for r := range w.shards[i].rooms {
			list = append(list, r)
		}
		w.shards[i].mu.Unlock()
	}
	return list
}

// compare asks for a room's version, and has its roster read where it is not the one known.
func (b *Broker) compare(ctx context.Context, r broker.RoomAddress) error {
	keys := b.keys.room(r)
	list, err := b.lane(keys.shard).commandUrgent(ctx, keys.members(), "hmget", keys.members(), versionField)
	if err != nil {
		return err
	}
	v := number(at(list, 0))
	sh := b.watch.shard(r)
	sh.mu.Lock()
	at := sh.rooms[r]
	behind := at != nil && at.v != 0 && v > at.v
	if behind {
		at.v = v
		b.watch.drain(r, at)
	}
	sh.mu.Unlock()
	if behind {
		b.watch.stale(r)
	}
	return nil
}
