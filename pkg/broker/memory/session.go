package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// session is one incarnation of a peer.
type session struct {
	addr broker.Address
	n    int64
	id   string

	send     sync.Mutex // held for the whole of a Send by this session
	outcomes outcomes   // guarded by send

	mu        sync.Mutex
	att       int64
	attached  bool
	ended     bool
	secret    broker.SecretHash // of the last welcome
	confirmed broker.SecretHash // of the last welcome that the client answered
	meta      json.RawMessage
	grace     time.Duration
	rooms     map[wire.RoomID]struct{}
	inbox     inbox

	due  time.Time // end of grace while detached; written under mu and graceQueue.mu
	slot int       // place in the graceQueue from 1, 0: not in it; guarded by graceQueue.mu
}

// Attach implements broker.Broker.
func (b *Broker) Attach(_ context.Context, req broker.AttachRequest) (broker.Attachment, error) {
	if b.closed.Load() {
		return broker.Attachment{}, broker.ErrClosed
	}
	sh := b.shard(req.Address)
	sh.mu.Lock()
	old := sh.held[req.Address]
	var wrong bool
	if old != nil {
		a, verdict := b.resume(old, req)
		if verdict == resumed {
			sh.mu.Unlock()
			return a, nil
		}
		wrong = verdict == wrongSecret
		if verdict != mayReplace && !req.Replace {
			sh.mu.Unlock()
			return broker.Attachment{WrongSecret: wrong}, broker.ErrTaken
		}
	}
	if b.sessions.Add(1) > int64(b.limits.Sessions) && old == nil {
		b.sessions.Add(-1)
		sh.mu.Unlock()
		return broker.Attachment{}, broker.ErrFull
	}
	s := &session{
		addr: req.Address, n: b.nextN(), id: broker.NewSessionID(req.Peer), att: 1, attached: true,
		meta: bytes.Clone(req.Meta), grace: req.Grace,
	}
	secret, hash := broker.NewSecret()
	s.secret = hash
	sh.held[req.Address] = s
	sh.mu.Unlock()
	if old != nil {
		b.end(old, wire.CloseReplaced, func() bool { return true })
	}
	return broker.Attachment{
		Ref:     broker.Ref{Address: req.Address, N: s.n, Att: s.att},
		Session: s.id, Secret: secret, WrongSecret: wrong,
	}, nil
}

type verdict int

const (
	notTheirs verdict = iota
	wrongSecret
	mayReplace // the secret is right, but nothing can be resumed in full
	resumed
)

// resume attaches req to s where the claim holds.
func (b *Broker) resume(s *session, req broker.AttachRequest) (broker.Attachment, verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return broker.Attachment{}, mayReplace
	}
	if req.Resume == nil || req.Resume.Session != s.id {
		return broker.Attachment{}, notTheirs
	}
	shown := broker.HashSecret(req.Resume.Secret)
	isSecret, isConfirmed := s.secret.Matches(shown), s.confirmed.Matches(shown)
	if !isSecret && !isConfirmed {
		return broker.Attachment{}, wrongSecret
	}
	if !s.inbox.holds(req.Resume.Seq) {
		return broker.Attachment{}, mayReplace
	}
	if s.attached {
		b.sink.Lost(broker.Ref{Address: s.addr, N: s.n, Att: s.att}, wire.CloseResumed)
	} else {
		b.grace.remove(s)
	}
	if isSecret { // it has seen that welcome
		s.confirmed = s.secret
	}
	secret, hash := broker.NewSecret()
	s.secret = hash
	s.att++
	s.attached = true
	s.grace = req.Grace
	if req.Meta != nil {
		s.meta = bytes.Clone(req.Meta)
	}
	seq := max(req.Resume.Seq, s.inbox.acked)
	b.receipts(s, s.inbox.ack(seq), wire.StatusDelivered)
	a := broker.Attachment{
		Ref:     broker.Ref{Address: s.addr, N: s.n, Att: s.att},
		Session: s.id, Secret: secret, Resumed: true, Seq: seq,
	}
	for r := range s.rooms {
		a.Rooms = append(a.Rooms, r)
	}
	return a, resumed
}

// Confirm implements broker.Broker.
func (b *Broker) Confirm(_ context.Context, ref broker.Ref) error {
	s, err := b.of(ref)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.confirmed = s.secret
	return nil
}

// Detach implements broker.Broker.
func (b *Broker) Detach(_ context.Context, ref broker.Ref) error {
	s, err := b.of(ref)
	if err != nil {
		return nil
	}
	if s.confirmed == (broker.SecretHash{}) {
		s.mu.Unlock()
		b.end(s, 0, func() bool { return s.att == ref.Att })
		return nil
	}
	s.attached = false
	b.grace.add(s, time.Now().Add(s.grace))
	s.mu.Unlock()
	return nil
}

// End implements broker.Broker.
func (b *Broker) End(_ context.Context, ref broker.Ref) error {
	s, err := b.of(ref)
	if err != nil {
		return err
	}
	s.mu.Unlock()
	b.end(s, 0, func() bool { return s.att == ref.Att })
	return nil
}

// expire ends s if its grace is over: a pod may have had it again meanwhile, and may even have begun another grace.
func (b *Broker) expire(s *session) {
	now := time.Now()
	b.end(s, 0, func() bool { return !s.attached && !s.due.After(now) })
}

// end ends s, once, if it may (asked under s.mu): frees its address, tells its pod with code (0: it knows), drops its inbox,
// leaves its rooms.
func (b *Broker) end(s *session, code wire.CloseCode, may func() bool) {
	sh := b.shard(s.addr)
	sh.mu.Lock()
	s.mu.Lock()
	if s.ended || !may() {
		s.mu.Unlock()
		sh.mu.Unlock()
		return
	}
	if sh.held[s.addr] == s {
		delete(sh.held, s.addr)
	}
	if s.attached && code != 0 {
		b.sink.Lost(broker.Ref{Address: s.addr, N: s.n, Att: s.att}, code)
	}
	if !s.attached {
		b.grace.remove(s)
	}
	s.ended, s.attached = true, false
	rooms := s.rooms
	s.rooms = nil
	b.receipts(s, s.inbox.drop(), wire.StatusDropped)
	s.mu.Unlock()
	sh.mu.Unlock()
	b.sessions.Add(-1)
	for r := range rooms {
		b.leave(s, r)
	}
}

// receipts tells the senders of entries what became of them. s.mu is held.
func (b *Broker) receipts(s *session, entries []kept, status string) {
	for i := range entries {
		if e := &entries[i]; e.receiptID != 0 {
			b.sink.Receipt(broker.Address{App: s.addr.App, Peer: e.From}, e.N,
				broker.Receipt{ID: e.receiptID, Peer: s.addr.Peer, N: s.n, Status: status})
		}
	}
}
