package session

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// anew is which rooms' rosters are to be told without having been asked for (protocol section 4), and by whom. At most
// Config.MaxRooms are named; more stand for all.
type anew struct {
	all     bool // all that the session is in
	some    map[wire.RoomID]struct{}
	telling bool // somebody is at it: the reader after the welcome, or a goroutine
}

// Gap implements hub.Seat: the client is told, and then each of its rooms anew. Before the welcome it is kept.
func (s *Session) Gap() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if !s.out.ready {
		s.out.gap = true
		return
	}
	s.gap()
	s.relisting()
}

// gap queues what the client is told: under out.mu.
func (s *Session) gap() {
	s.queue(s.encode(nil, &wire.Message{Type: wire.TypeGap}))
	s.out.rooms.all = true
}

// Stale implements hub.Seat: the client is told the room anew. Before the welcome its own rosters will do.
func (s *Session) Stale(room wire.RoomID) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.out.ready {
		s.mark(room)
		s.relisting()
	}
}

// mark notes rooms to be told anew: under out.mu.
func (s *Session) mark(rooms ...wire.RoomID) {
	a := &s.out.rooms
	for _, room := range rooms {
		if a.all = a.all || len(a.some) >= s.mgr.cfg.MaxRooms; a.all {
			a.some = nil
			return
		}
		if a.some == nil {
			a.some = make(map[wire.RoomID]struct{})
		}
		a.some[room] = struct{}{}
	}
}

// relisting sees to it that the rooms which are noted are told: under out.mu.
func (s *Session) relisting() {
	o := &s.out
	if o.rooms.telling || !o.rooms.all && o.rooms.some == nil || o.dead || o.end != nil {
		return
	}
	o.rooms.telling = true
	s.helpers.Add(1)
	go s.relist()
}

// relist tells the rooms anew until none has been noted meanwhile.
func (s *Session) relist() {
	defer s.helpers.Done()
	defer s.contain()
	for s.tellRooms() {
	}
}

// rosters tells a resumed client each of its rooms anew, and lets the missed signals follow; false: the socket is ending.
func (s *Session) rosters(rooms []wire.RoomID) bool {
	o := &s.out
	o.mu.Lock()
	s.mark(rooms...)
	o.mu.Unlock()
	more := s.tellRooms()
	o.mu.Lock()
	defer o.mu.Unlock()
	if more {
		o.rooms.telling = false
		s.relisting()
	}
	return !o.dead && o.end == nil
}

// tellRooms tells the rooms that are noted, and reports whether others have been meanwhile; if not, it is done. Where the
// store is away, those which are left are told when it can be asked again.
func (s *Session) tellRooms() (more bool) {
	o := &s.out
	o.mu.Lock()
	rooms := slices.Sorted(maps.Keys(o.rooms.some))
	if o.rooms.all {
		rooms = slices.Sorted(slices.Values(s.place.List()))
	}
	o.rooms.all, o.rooms.some = false, nil
	o.mu.Unlock()
	var err error
	for len(rooms) > 0 && err == nil {
		if err = s.tellRoom(rooms[0]); err == nil {
			rooms = rooms[1:]
		}
	}
	if err != nil && !errors.Is(err, broker.ErrUnavailable) {
		s.close(attachFailed(err))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil:
		s.mark(rooms...)
		s.roomsDue.Store(s.mgr.clock() + int64(storeRetry))
	case !o.deliver: // the welcome's rosters are out
		o.deliver, o.dirty = true, true
		s.kick()
	}
	more = err == nil && (o.rooms.all || o.rooms.some != nil) && !o.dead && o.end == nil
	o.rooms.telling = more
	return more
}

// tellRoom tells one room's roster, if the session is in it still.
func (s *Session) tellRoom(room wire.RoomID) error {
	s.listing.Lock()
	defer s.listing.Unlock()
	if !s.place.In(room) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	r, err := s.place.Roster(ctx, room)
	switch {
	case err == nil:
		s.tellRoster(wire.TypeRoster, 0, room, r)
	case errors.Is(err, broker.ErrNotAMember), errors.Is(err, broker.ErrFenced):
	default:
		return err
	}
	return nil
}
