package session

import (
	"bytes"
	"context"
	"errors"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// rosterPart is how many peers one frame lists at most (protocol section 4).
const rosterPart = 100

// roomFrame does what a join, leave or roster asks. Done: the client has been told.
func (s *Session) roomFrame(ctx context.Context, m *wire.Message) (answer wire.Message, done bool) {
	s.listing.Lock()
	defer s.listing.Unlock()
	var r broker.Roster
	var err error
	typ := wire.TypeRoster
	switch m.Type {
	case wire.TypeJoin:
		typ = wire.TypeJoined
		if len(m.Meta) > s.mgr.cfg.MaxMeta {
			return wire.Message{Type: wire.TypeError, Code: wire.CodeTooLarge, Text: "meta is too long"}, false
		}
		if !s.place.In(m.Room) && s.place.Rooms() >= s.mgr.cfg.MaxRooms {
			return wire.Message{Type: wire.TypeError, Code: wire.CodeForbidden, Text: "this session is in as many rooms as it may be"}, false
		}
		r, err = s.place.Join(ctx, m.Room, bytes.Clone(m.Meta))
	case wire.TypeRoster:
		r, err = s.place.Roster(ctx, m.Room)
	case wire.TypeLeave:
		err = s.place.Leave(ctx, m.Room)
		if err == nil || m.Again && errors.Is(err, broker.ErrNotAMember) { // the first copy did it
			return wire.Message{Type: wire.TypeLeft, Room: m.Room}, false
		}
	}
	if err != nil {
		return roomFailed(err), errors.Is(err, broker.ErrFenced) // then Lost follows
	}
	s.tellRoster(typ, m.ID, m.Room, r)
	return wire.Message{}, true
}

func roomFailed(err error) wire.Message {
	m := wire.Message{Type: wire.TypeError, Code: wire.CodeUnavailable, Text: "the store does not answer", RetryAfter: retryStore.Seconds()}
	switch {
	case errors.Is(err, broker.ErrNotAMember):
		m.Code, m.Text, m.RetryAfter = wire.CodeNotAMember, "join the room first", 0
	case errors.Is(err, broker.ErrRoomFull):
		m.Code, m.Text, m.RetryAfter = wire.CodeRoomFull, "the room is full", 0
	}
	return m
}

// tellRoster tells a room's other members, in parts where they are many, and then what changed meanwhile.
func (s *Session) tellRoster(typ wire.Type, id int64, room wire.RoomID, r broker.Roster) {
	if typ == wire.TypeRoster || id != 0 {
		m := wire.Message{Type: typ, ID: id, Room: room, V: r.V}
		size := 0
		for i := range r.Members {
			p := &r.Members[i]
			if p.Peer == s.peer {
				continue
			}
			if len(m.Peers) == rosterPart || size > s.mgr.cfg.MaxFrame {
				m.More = true
				s.tellPart(&m)
				m.Peers, m.More, size = m.Peers[:0], false, 0
			}
			m.Peers = append(m.Peers, wire.Member{Peer: p.Peer, N: p.N, Meta: p.Meta, Polite: s.peer.Polite(p.Peer)})
			size += len(p.Meta) + len(p.Peer) + 64
		}
		s.tellPart(&m)
	}
	s.place.Settle(room, r.V)
}
