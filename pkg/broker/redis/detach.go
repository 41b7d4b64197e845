package redis

import (
	"context"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Detach implements broker.Broker. Acks that wait are brought to the store first.
func (b *Broker) Detach(ctx context.Context, ref broker.Ref) error {
	s := b.sessions.get(ref.Address)
	if s == nil || !s.leave(ref, detaching) {
		return nil
	}
	err := broker.ErrUnavailable
	if b.link.state() == nil {
		err = b.detach(ctx, s)
	}
	if err != nil {
		b.later.add(func(ctx context.Context) error { return b.detach(ctx, s) })
	}
	return err
}

// leave takes the attachment out of use here; false where it is not in use.
func (s *session) leave(ref broker.Ref, to state) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ref.N != ref.N || s.ref.Att != ref.Att || s.state != attached {
		return false
	}
	s.state = to
	return true
}

// detach begins the grace in the store, or ends a session that was never confirmed. It may be asked again.
func (b *Broker) detach(ctx context.Context, s *session) error {
	if s.stateNow() == over {
		return nil
	}
	if err := b.flush(ctx, s); err != nil {
		return err
	}
	list, err := b.lane(s.keys.shard).ask(ctx, detachScript, []string{s.keys.session(), s.keys.attached(b.run), s.keys.due()},
		s.ref.N, s.ref.Att, b.run, s.keys.address)
	if err != nil {
		return err
	}
	switch number(at(list, 0)) {
	case 0:
		s.finish()
		b.sessions.remove(s)
		b.forget(s)
		return nil
	case 2:
		return b.end(ctx, s, b.run)
	}
	b.park(s, time.Duration(number(at(list, 1)))*time.Millisecond)
	return nil
}

// park keeps what is known of a detached session until its grace ends or another pod has it.
func (b *Broker) park(s *session, grace time.Duration) {
	s.mu.Lock()
	if s.state != over {
		s.state = parked
	}
	s.sender = nil
	s.mu.Unlock()
	b.graces.add(s, grace)
}

// End implements broker.Broker.
func (b *Broker) End(ctx context.Context, ref broker.Ref) error {
	s, err := b.mine(ref)
	if err != nil {
		return err
	}
	if !s.leave(ref, detaching) {
		return broker.ErrFenced
	}
	if err = b.end(ctx, s, b.run); err != nil {
		s.mu.Lock()
		s.state = attached // the caller detaches it
		s.mu.Unlock()
	}
	return err
}

// end ends a session in the store: by its attachment here, or with run "" because its grace is over.
func (b *Broker) end(ctx context.Context, s *session, run string) error {
	_ = b.flush(ctx, s) // for the receipts; what is left is dropped
	list, err := b.lane(s.keys.shard).ask(ctx, endScript, []string{
		s.keys.session(), s.keys.inbox(s.ref.N), s.keys.marks(s.ref.N), s.keys.attached(b.run), s.keys.due(), s.keys.ended(),
	}, s.ref.N, s.ref.Att, run, s.keys.address)
	if err != nil {
		return err
	}
	switch number(at(list, 0)) {
	case 2:
		b.graces.add(s, time.Duration(number(at(list, 1)))*time.Millisecond)
		return nil
	case 1:
		b.ended(ctx, s.ref, s.keys, list)
	}
	if s.finish() {
		b.sessions.remove(s)
		b.forget(s)
	}
	return nil
}

// ended does what is left to do for a session that has ended in the store: its rooms are left and senders are told. list is
// what open or end answered.
func (b *Broker) ended(ctx context.Context, ref broker.Ref, keys ofPeer, list []any) {
	var box box
	marks := make(map[wire.PeerID]mark)
	for p, t := range pairs(at(list, 3)) {
		if m, ok := parseMark(t); ok {
			marks[wire.PeerID(p)] = m
		}
	}
	box.reset(0, 0, marks)
	for i, h := range texts(at(list, 2)) {
		box.addText(int64(i+1), h, "-")
	}
	b.receipts(ref, box.receipts(len(box.items)), wire.StatusDropped)
	rooms := texts(at(list, 1))
	if len(rooms) == 0 {
		return
	}
	if b.leaveRooms(ctx, ref, keys, rooms) != nil {
		b.later.add(func(ctx context.Context) error { return b.leaveRooms(ctx, ref, keys, rooms) })
	}
}

// leaveRooms takes a session that has ended out of its rooms.
func (b *Broker) leaveRooms(ctx context.Context, ref broker.Ref, keys ofPeer, rooms []string) error {
	for _, r := range rooms {
		if err := b.leaveRoom(ctx, ref, wire.RoomID(r)); err != nil {
			return err
		}
		b.departures.add(ref, wire.RoomID(r))
	}
	return b.struck(ctx, keys, ref.N)
}
