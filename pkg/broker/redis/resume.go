package redis

import (
	"bytes"
	"context"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// gapKept is for how long after the store has lost writes a session that comes over a new socket is told: it may not have been
// over the old one.
const gapKept = time.Minute

type verdict int

const (
	notTheirs verdict = iota
	wrongSecret
	mayReplace // the secret is right, but nothing can be resumed in full
	resumed
)

// resume attaches the session that was found where the claim holds.
func (b *Broker) resume(ctx context.Context, keys ofPeer, f found, req broker.AttachRequest) (broker.Attachment, verdict, error) {
	if req.Resume == nil || req.Resume.Session != f.sid+"."+string(req.Peer) {
		return broker.Attachment{}, notTheirs, nil
	}
	var sec, conf broker.SecretHash
	copy(sec[:], f.secret)
	copy(conf[:], f.conf)
	shown := broker.HashSecret(req.Resume.Secret)
	isSecret, isConf := sec.Matches(shown), conf.Matches(shown)
	if !isSecret && !isConf {
		return broker.Attachment{}, wrongSecret, nil
	}
	store := b.link.stores.Load()
	secret, hash := broker.NewSecret()
	s := &session{
		ref: broker.Ref{Address: req.Address, N: f.n}, keys: keys, sid: f.sid, secret: hash, known: conf, grace: req.Grace,
	}
	if isSecret { // it has seen that welcome
		s.known = sec
	}
	if s.meta = bytes.Clone(req.Meta); req.Meta == nil && f.meta != "" {
		s.meta = []byte(f.meta)
	}
	if err := b.loadBox(ctx, s); err != nil {
		return broker.Attachment{}, notTheirs, err
	}
	if seq := req.Resume.Seq; seq < 0 || seq > s.box.last() {
		return broker.Attachment{}, mayReplace, nil
	}
	seq := max(req.Resume.Seq, s.box.lw) // below it: an ack over the old socket was quicker than this hello
	s.box.ack(seq)
	folded := s.box.folded()
	marks := s.box.foldedMarks(folded)
	delivered := s.box.receipts(folded)
	s.box.fold(folded)
	args := append([]any{f.n, f.run, b.run, keys.address, string(shown[:]), string(hash[:]), req.Grace.Milliseconds(), string(req.Meta),
		s.box.lo, s.box.lw, s.box.top}, marks...)
	list, err := b.lane(keys.shard).ask(ctx, resumeScript,
		[]string{keys.session(), keys.inbox(f.n), keys.marks(f.n), keys.attached(b.run), keys.attached(f.run), keys.due()}, args...)
	switch {
	case err != nil:
		b.undo(s)
		return broker.Attachment{}, notTheirs, err
	case number(at(list, 0)) == 0:
		return broker.Attachment{}, notTheirs, errChanged
	}
	s.ref.Att = number(at(list, 1))
	s.box.addAll(at(list, 3))
	if err := b.hold(s, store); err != nil {
		return broker.Attachment{}, notTheirs, err
	}
	for _, r := range texts(at(list, 2)) {
		b.enter(s, wire.RoomID(r))
	}
	old := s.ref
	old.Att--
	b.tellLost(f, old, wire.CloseResumed)
	other := b.link.sinceOther()
	if f.gap > 0 && f.now/1000-f.gap < gapKept.Milliseconds() || other < gapKept && f.n < f.now-other.Microseconds() {
		b.metrics.gapsTold.Inc()
		b.sink.Gap(req.Address)
	}
	for _, r := range texts(at(list, 4)) {
		if b.leaveFully(ctx, s.ref, wire.RoomID(r)) != nil {
			b.later.add(func(ctx context.Context) error { return b.leaveStill(ctx, s, wire.RoomID(r)) })
		}
	}
	b.receipts(s.ref, delivered, wire.StatusDelivered)
	if err := b.moveRooms(ctx, s); err != nil {
		b.abandon(s)
		return broker.Attachment{}, notTheirs, err
	}
	a := broker.Attachment{
		Ref: s.ref, Session: req.Resume.Session, Secret: secret, Resumed: true, Seq: seq, Rooms: s.list(),
	}
	return a, resumed, nil
}

// Confirm implements broker.Broker.
func (b *Broker) Confirm(ctx context.Context, ref broker.Ref) error {
	s, err := b.mine(ref)
	if err != nil {
		return err
	}
	s.mu.Lock()
	known := s.known == s.secret
	s.mu.Unlock()
	if known {
		return nil
	}
	return b.sameStore(func() error {
		list, err := b.lane(s.keys.shard).ask(ctx, confirmScript, []string{s.keys.session()}, ref.N, ref.Att, b.run)
		if err != nil {
			return err
		}
		if number(at(list, 0)) == 0 {
			return b.fenced(ctx, s)
		}
		s.mu.Lock()
		s.known = s.secret
		s.mu.Unlock()
		return nil
	})
}

// sameStore takes a step that may be repeated, again where the store became another one meanwhile: that one may not have it.
func (b *Broker) sameStore(step func() error) error {
	for range attempts {
		store := b.link.stores.Load()
		if err := step(); err != nil || b.link.stores.Load() == store {
			return err
		}
	}
	return broker.ErrUnavailable
}

// fenced is what a pod does that finds by itself that it has lost a session: unless it was the store that lost it.
func (b *Broker) fenced(ctx context.Context, s *session) error {
	now, err := b.identify(ctx)
	switch {
	case err != nil || b.link.state() != nil:
		return broker.ErrUnavailable
	case b.link.isOther(&now):
		b.link.down(errOther)
		return broker.ErrUnavailable
	}
	lease, err := b.lane(0).command(ctx, b.keys.leases(), "zscore", b.keys.leases(), b.run)
	switch {
	case err != nil && !isNil(err):
		return broker.ErrUnavailable
	case err != nil || at(lease, 0) == nil:
		b.link.forgot()
		return broker.ErrUnavailable
	}
	b.lost(s, wire.CloseLeaseLost)
	return broker.ErrFenced
}
