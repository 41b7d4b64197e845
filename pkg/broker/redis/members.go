package redis

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// leaveRoom takes the session of ref out of a room, unless a newer attachment of it is there.
func (b *Broker) leaveRoom(ctx context.Context, ref broker.Ref, name wire.RoomID) error {
	room := broker.RoomAddress{App: ref.App, Room: name}
	keys := b.keys.room(room)
	list, err := b.lane(keys.shard).ask(ctx, leaveScript, []string{keys.members(), keys.metas(), keys.pods()},
		string(ref.Peer), ref.N, ref.Att)
	if err != nil {
		return err
	}
	if v := number(at(list, 0)); v != 0 {
		b.present(room, texts(at(list, 1)), broker.Presence{V: v, Event: wire.EventLeave, Member: broker.Member{Peer: ref.Peer, N: ref.N}})
	}
	return nil
}

// leaveFully is the second half of a leave, and says so in the session.
func (b *Broker) leaveFully(ctx context.Context, ref broker.Ref, room wire.RoomID) error {
	if err := b.leaveUnlisted(ctx, ref, room); err != nil {
		return err
	}
	b.departures.add(ref, room)
	keys := b.keys.peer(ref.Address)
	_, err := b.lane(keys.shard).command(ctx, keys.session(), "hdel", keys.session(), "l:"+string(room))
	return err
}

// leaveStill is leaveFully, later, unless the session has joined the room again.
func (b *Broker) leaveStill(ctx context.Context, s *session, room wire.RoomID) error {
	s.rooms.Lock()
	defer s.rooms.Unlock()
	s.mu.Lock()
	_, in := s.in[room]
	s.mu.Unlock()
	if in {
		return nil
	}
	return b.leaveFully(ctx, s.ref, room)
}

// leaveUnlisted is leaveRoom unless the session, if it lives, says that it is in the room.
func (b *Broker) leaveUnlisted(ctx context.Context, ref broker.Ref, room wire.RoomID) error {
	keys := b.keys.peer(ref.Address)
	v, err := b.lane(keys.shard).command(ctx, keys.session(), "hmget", keys.session(), "n", "r:"+string(room))
	if err != nil {
		return err
	}
	if number(at(v, 0)) == ref.N && at(v, 1) != nil {
		return nil
	}
	return b.leaveRoom(ctx, ref, room)
}

// moveRooms tells the rooms of a session that was resumed on which pod it is now. A room that does not know it, because a pod was
// killed between the two steps of a join, takes it in.
func (b *Broker) moveRooms(ctx context.Context, s *session) error {
	for _, room := range s.list() {
		list, err := b.joinRoom(ctx, s, room, false, s.meta, math.MaxInt32, true)
		if err != nil {
			return err
		}
		if meta := text(at(list, 5)); meta != "" && meta != string(s.meta) { // the room's own, to be written anew if need be
			s.mu.Lock()
			if m, in := s.in[room]; in {
				m.meta = []byte(meta)
				s.in[room] = m
			}
			s.mu.Unlock()
		}
		if text(at(list, 0)) == "old" { // overtaken already
			return nil
		}
	}
	return nil
}

// restoreRooms writes a session's memberships anew in rooms whose store has changed, without a word: those who
// are in them read who is there once all pods have done so.
func (b *Broker) restoreRooms(ctx context.Context, s *session, changed func(string) bool) error {
	s.mu.Lock()
	rooms := make(map[wire.RoomID]membership, len(s.in))
	for r, m := range s.in {
		rooms[r] = m
	}
	gone := s.state == over
	s.mu.Unlock()
	if gone {
		return nil
	}
	for r, m := range rooms {
		meta := m.meta
		if meta == nil {
			meta = s.meta
		}
		room := broker.RoomAddress{App: s.ref.App, Room: r}
		keys := b.keys.room(room)
		if !changed(keys.members()) {
			continue
		}
		list, err := b.lane(keys.shard).askUrgent(ctx, joinScript, []string{keys.members(), keys.metas(), keys.pods()},
			string(s.ref.Peer), s.ref.N, s.ref.Att, b.run, math.MaxInt32, flag(m.meta != nil), string(meta), "1")
		if err != nil {
			return err
		}
		if event := text(at(list, 1)); event != "" {
			for _, run := range texts(at(list, 4)) {
				if run != b.run {
					b.post.to(run, &message{kind: kindStale, addr: s.ref.Address, room: r})
				}
			}
		}
	}
	return nil
}

// struck says that a session which has ended has left all its rooms.
func (b *Broker) struck(ctx context.Context, keys ofPeer, n int64) error {
	_, err := b.lane(keys.shard).command(ctx, keys.ended(), "hdel", keys.ended(), keys.address+":"+strconv.FormatInt(n, 10))
	return err
}

// enter makes a room one of the session's; true where it was not.
func (b *Broker) enter(s *session, room wire.RoomID) bool {
	s.mu.Lock()
	_, was := s.in[room]
	if !was && s.state != over {
		if s.in == nil {
			s.in = make(map[wire.RoomID]membership)
		}
		s.in[room] = membership{}
		b.watch.enter(broker.RoomAddress{App: s.ref.App, Room: room})
	}
	s.mu.Unlock()
	return !was
}

func (b *Broker) exit(s *session, room wire.RoomID) {
	s.mu.Lock()
	_, was := s.in[room]
	delete(s.in, room)
	s.mu.Unlock()
	if was {
		b.watch.exit(broker.RoomAddress{App: s.ref.App, Room: room})
	}
}

// racing is how long after a join somebody who took the session over may have left the room before the join came to it.
const racing = 10 * time.Second

// forget lets go of what a session that is over had here.
func (b *Broker) forget(s *session) {
	s.mu.Lock()
	in := s.in
	s.in, s.sender = nil, nil
	s.box = box{}
	s.mu.Unlock()
	for room, m := range in {
		b.watch.exit(broker.RoomAddress{App: s.ref.App, Room: room})
		if time.Since(m.joined) < racing {
			b.later.now(func(ctx context.Context) error { return b.leaveUnlisted(ctx, s.ref, room) })
		}
	}
}
