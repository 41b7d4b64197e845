package redis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// A join is written in two places: first in the session, which is what a resume and the end of the session go by, then
// in the room. A leave likewise. A room takes a step of an older attachment only where no newer one was there, so the two agree
// in the end, whoever is killed between.

// Join implements broker.Broker.
func (b *Broker) Join(ctx context.Context, ref broker.Ref, room wire.RoomID, meta json.RawMessage) (broker.Roster, error) {
	s, err := b.mine(ref)
	if err != nil {
		return broker.Roster{}, err
	}
	if !b.isSettled() {
		return broker.Roster{}, broker.ErrUnavailable
	}
	s.rooms.Lock()
	defer s.rooms.Unlock()
	var r broker.Roster
	err = b.sameStore(func() (err error) {
		r, err = b.join(ctx, s, room, meta)
		return err
	})
	return r, err
}

func (b *Broker) join(ctx context.Context, s *session, room wire.RoomID, meta json.RawMessage) (broker.Roster, error) {
	list, err := b.enroll(ctx, s, room, true)
	if err != nil {
		return broker.Roster{}, err
	}
	fresh := b.enter(s, room)
	own := meta
	if meta == nil {
		own = []byte(text(at(list, 1)))
	}
	answer, err := b.joinRoom(ctx, s, room, meta != nil, own, b.limits.RoomPeers, false)
	switch {
	case err != nil:
		return broker.Roster{}, err
	case text(at(answer, 0)) == "full":
		if fresh {
			b.exit(s, room)
			_, err = b.enroll(ctx, s, room, false)
		}
		if err == nil {
			err = broker.ErrRoomFull
		}
		return broker.Roster{}, err
	case text(at(answer, 0)) != "ok":
		return broker.Roster{}, b.fenced(ctx, s)
	}
	s.mu.Lock()
	fencedMeanwhile := s.state != attached
	if m := s.in[room]; !fencedMeanwhile {
		if m.joined = time.Now(); meta != nil {
			m.meta = bytes.Clone(meta)
		}
		s.in[room] = m
	}
	s.mu.Unlock()
	r := roster(at(answer, 5), at(answer, 6))
	if fencedMeanwhile { // a newer attachment has the session, and may have left the room before this came to it
		b.later.now(func(ctx context.Context) error { return b.leaveUnlisted(ctx, s.ref, room) })
		return broker.Roster{}, broker.ErrFenced
	}
	return r, nil
}

// enroll writes a room into the session's own list, or strikes it.
func (b *Broker) enroll(ctx context.Context, s *session, room wire.RoomID, in bool) ([]any, error) {
	flag := "0"
	if in {
		flag = "1"
	}
	list, err := b.lane(s.keys.shard).ask(ctx, enrollScript, []string{s.keys.session()}, s.ref.N, s.ref.Att, b.run, string(room), flag)
	if err != nil {
		return nil, err
	}
	switch number(at(list, 0)) {
	case 0:
		return nil, b.fenced(ctx, s)
	case 2:
		return nil, broker.ErrNotAMember
	}
	return list, nil
}

// joinRoom makes the session a member, and tells the pods of the others what has changed.
func (b *Broker) joinRoom(ctx context.Context, s *session, room wire.RoomID, has bool, meta []byte, limit int, quiet bool) ([]any, error) {
	at0 := broker.RoomAddress{App: s.ref.App, Room: room}
	keys := b.keys.room(at0)
	list, err := b.lane(keys.shard).askUrgent(ctx, joinScript, []string{keys.members(), keys.metas(), keys.pods()},
		string(s.ref.Peer), s.ref.N, s.ref.Att, b.run, limit, flag(has), string(meta), flag(quiet))
	if err != nil || text(at(list, 0)) != "ok" {
		return list, err
	}
	event, v, left := text(at(list, 1)), number(at(list, 2)), number(at(list, 3))
	b.watch.joined(at0, v)
	runs := texts(at(list, 4))
	if left != 0 {
		before := v - 1
		if event == "" {
			before = v
		}
		b.present(at0, runs, broker.Presence{V: before, Event: wire.EventLeave, Member: broker.Member{Peer: s.ref.Peer, N: left}})
	}
	if event != "" {
		m := broker.Member{Peer: s.ref.Peer, N: s.ref.N}
		if len(meta) > 0 {
			m.Meta = bytes.Clone(meta)
		}
		b.present(at0, runs, broker.Presence{V: v, Event: event, Member: m})
	}
	return list, nil
}

func flag(is bool) string {
	if is {
		return "1"
	}
	return "0"
}

// present tells pods of a change.
func (b *Broker) present(room broker.RoomAddress, runs []string, p broker.Presence) {
	for _, run := range runs {
		b.post.to(run, &message{kind: kindPresence, addr: broker.Address{App: room.App}, room: room.Room, presence: p})
	}
}

func roomAt(m *message) broker.RoomAddress { return broker.RoomAddress{App: m.addr.App, Room: m.room} }

// roster makes a roster of a room's members and metas.
func roster(members, metas any) broker.Roster {
	meta := pairs(metas)
	var r broker.Roster
	for peer, v := range pairs(members) {
		if peer == versionField {
			r.V = number(v)
			continue
		}
		n, _, _ := strings.Cut(v, " ")
		m := broker.Member{Peer: wire.PeerID(peer), N: number(n)}
		if text, ok := meta[peer]; ok {
			m.Meta = json.RawMessage(text)
		}
		r.Members = append(r.Members, m)
	}
	slices.SortFunc(r.Members, func(a, b broker.Member) int { return strings.Compare(string(a.Peer), string(b.Peer)) })
	return r
}

// Roster implements broker.Broker.
func (b *Broker) Roster(ctx context.Context, ref broker.Ref, room wire.RoomID) (broker.Roster, error) {
	s, err := b.mine(ref)
	if err != nil {
		return broker.Roster{}, err
	}
	if !b.isSettled() {
		return broker.Roster{}, broker.ErrUnavailable
	}
	keys := b.keys.room(broker.RoomAddress{App: ref.App, Room: room})
	list, err := b.lane(keys.shard).ask(ctx, rosterScript, []string{keys.members(), keys.metas()}, string(ref.Peer), ref.N)
	switch {
	case err != nil:
		return broker.Roster{}, err
	case !s.is(ref):
		return broker.Roster{}, broker.ErrFenced
	case number(at(list, 0)) == 0:
		return broker.Roster{}, broker.ErrNotAMember
	}
	return roster(at(list, 1), at(list, 2)), nil
}

// Leave implements broker.Broker.
func (b *Broker) Leave(ctx context.Context, ref broker.Ref, room wire.RoomID) error {
	s, err := b.mine(ref)
	if err != nil {
		return err
	}
	s.rooms.Lock()
	defer s.rooms.Unlock()
	left := false
	return b.sameStore(func() error {
		if _, err := b.enroll(ctx, s, room, false); err != nil && !(left && errors.Is(err, broker.ErrNotAMember)) {
			return err
		}
		left = true
		b.exit(s, room)
		err := b.leaveFully(ctx, ref, room)
		if err != nil {
			b.later.add(func(ctx context.Context) error { return b.leaveStill(ctx, s, room) })
		}
		return err
	})
}
