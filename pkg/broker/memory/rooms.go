package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

type roomShard struct {
	mu    sync.Mutex
	rooms map[broker.RoomAddress]*room // guarded by mu, as all in it
}

// room exists while it has members. Its versions go on where the last room that ended had come to, so that an event told
// late is never taken for one of a later room of the same name.
type room struct {
	v       int64
	members map[wire.PeerID]member
}

type member struct {
	session *session
	meta    json.RawMessage
}

func (b *Broker) roomShard(a broker.RoomAddress) *roomShard {
	return &b.rooms[maphash.Comparable(b.seed, a)%shardCount]
}

// Join implements broker.Broker.
func (b *Broker) Join(_ context.Context, ref broker.Ref, name wire.RoomID, meta json.RawMessage) (broker.Roster, error) {
	at := broker.RoomAddress{App: ref.App, Room: name}
	rs := b.roomShard(at)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	s, err := b.of(ref)
	if err != nil {
		return broker.Roster{}, err
	}
	r := rs.rooms[at]
	if r != nil && len(r.members) >= b.limits.RoomPeers {
		if _, in := r.members[ref.Peer]; !in {
			s.mu.Unlock()
			return broker.Roster{}, broker.ErrRoomFull
		}
	}
	if s.rooms == nil {
		s.rooms = make(map[wire.RoomID]struct{})
	}
	s.rooms[name] = struct{}{}
	own := s.meta
	s.mu.Unlock()
	if r == nil {
		r = &room{v: b.lastV.Load(), members: make(map[wire.PeerID]member)}
		rs.rooms[at] = r
	}
	old, was := r.members[ref.Peer]
	if was && old.session != s { // an incarnation that has ended and not yet left
		b.tell(at, r, wire.EventLeave, old.session, nil)
		was = false
	}
	switch {
	case meta != nil:
		meta = bytes.Clone(meta)
	case was:
		meta = old.meta
	default:
		meta = own
	}
	r.members[ref.Peer] = member{session: s, meta: meta}
	switch {
	case !was:
		b.tell(at, r, wire.EventJoin, s, meta)
	case string(meta) != string(old.meta):
		b.tell(at, r, wire.EventUpdate, s, meta)
	}
	return r.roster(), nil
}

// Leave implements broker.Broker.
func (b *Broker) Leave(_ context.Context, ref broker.Ref, name wire.RoomID) error {
	at := broker.RoomAddress{App: ref.App, Room: name}
	rs := b.roomShard(at)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	s, err := b.of(ref)
	if err != nil {
		return err
	}
	_, in := s.rooms[name]
	delete(s.rooms, name)
	s.mu.Unlock()
	if !in {
		return broker.ErrNotAMember
	}
	b.leaveLocked(rs, at, s)
	return nil
}

// leave takes s, which has ended, out of a room.
func (b *Broker) leave(s *session, name wire.RoomID) {
	at := broker.RoomAddress{App: s.addr.App, Room: name}
	rs := b.roomShard(at)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	b.leaveLocked(rs, at, s)
}

// leaveLocked takes s out of a room, if it is the one that is in it. rs.mu is held.
func (b *Broker) leaveLocked(rs *roomShard, at broker.RoomAddress, s *session) {
	r := rs.rooms[at]
	if r == nil || r.members[s.addr.Peer].session != s {
		return
	}
	delete(r.members, s.addr.Peer)
	b.tell(at, r, wire.EventLeave, s, nil)
	if len(r.members) > 0 {
		return
	}
	delete(rs.rooms, at)
	for old := b.lastV.Load(); old < r.v && !b.lastV.CompareAndSwap(old, r.v); old = b.lastV.Load() {
	}
}

// Roster implements broker.Broker.
func (b *Broker) Roster(_ context.Context, ref broker.Ref, name wire.RoomID) (broker.Roster, error) {
	at := broker.RoomAddress{App: ref.App, Room: name}
	rs := b.roomShard(at)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	s, err := b.of(ref)
	if err != nil {
		return broker.Roster{}, err
	}
	s.mu.Unlock()
	r := rs.rooms[at]
	if r == nil || r.members[ref.Peer].session != s {
		return broker.Roster{}, broker.ErrNotAMember
	}
	return r.roster(), nil
}

// tell raises the room's version and reports the change under roomShard.mu, which keeps versions in order.
func (b *Broker) tell(at broker.RoomAddress, r *room, event string, s *session, meta json.RawMessage) {
	r.v++
	b.sink.Presence(at, broker.Presence{
		V: r.v, Event: event, Member: broker.Member{Peer: s.addr.Peer, N: s.n, Meta: meta},
	})
}

// roster lists the members by name.
func (r *room) roster() broker.Roster {
	list := make([]broker.Member, 0, len(r.members))
	for peer, m := range r.members {
		list = append(list, broker.Member{Peer: peer, N: m.session.n, Meta: m.meta})
	}
	slices.SortFunc(list, func(a, b broker.Member) int { return strings.Compare(string(a.Peer), string(b.Peer)) })
	return broker.Roster{V: r.v, Members: list}
}
