package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// attempts bounds how often an attach looks again because somebody was quicker.
const attempts = 100

// found is what was at an address when it was looked at.
type found struct {
	now                         int64 // the store's clock, µs
	n, att                      int64
	sid, run, was, secret, conf string
	meta                        string
	gap                         int64 // when the store lost writes, ms
	exists                      bool
}

// Attach implements broker.Broker: it looks, and then opens or resumes what it saw, or looks again.
func (b *Broker) Attach(ctx context.Context, req broker.AttachRequest) (broker.Attachment, error) {
	if b.closed.Load() {
		return broker.Attachment{}, broker.ErrClosed
	}
	if b.link.state() != nil {
		return broker.Attachment{}, broker.ErrUnavailable
	}
	defer b.sessions.expect(req.Address)()
	keys := b.keys.peer(req.Address)
	for range attempts {
		f, err := b.look(ctx, keys)
		if err != nil {
			return broker.Attachment{}, err
		}
		var wrong bool
		if f.exists {
			a, verdict, err := b.resume(ctx, keys, f, req)
			switch {
			case errors.Is(err, errChanged):
				continue
			case err != nil:
				return broker.Attachment{}, err
			case verdict == resumed:
				return a, nil
			}
			wrong = verdict == wrongSecret
			if verdict != mayReplace && !req.Replace {
				return broker.Attachment{WrongSecret: wrong}, broker.ErrTaken
			}
		}
		if !f.exists && !b.isSettled() { // the pod that has the session may not have written it yet
			return broker.Attachment{}, broker.ErrUnavailable
		}
		a, err := b.open(ctx, keys, f, req)
		if errors.Is(err, errChanged) {
			continue
		}
		a.WrongSecret = wrong
		return a, err
	}
	return broker.Attachment{}, fmt.Errorf("%w: too many want %s", broker.ErrUnavailable, req.Peer)
}

// errChanged says that the store has moved on since it was looked at.
var errChanged = errors.New("changed")

// look reads what is at an address.
func (b *Broker) look(ctx context.Context, keys ofPeer) (found, error) {
	list, err := b.lane(keys.shard).ask(ctx, lookScript, []string{keys.session()})
	if err != nil {
		return found{}, err
	}
	return foundIn(list), nil
}

// foundIn reads what look.lua answers.
func foundIn(list []any) found {
	fields := pairs(at(list, 1))
	f := found{now: number(at(list, 0)), exists: len(fields) > 0}
	f.n, f.att = number(fields["n"]), number(fields["att"])
	f.sid, f.run, f.was = fields["sid"], fields["run"], fields["was"]
	f.gap = number(fields["gap"])
	f.secret, f.conf, f.meta = fields["sec"], fields["con"], fields["meta"]
	return f
}

// open makes a new session in place of what was found.
func (b *Broker) open(ctx context.Context, keys ofPeer, f found, req broker.AttachRequest) (broker.Attachment, error) {
	store := b.link.stores.Load()
	id := broker.NewSessionID(req.Peer)
	secret, hash := broker.NewSecret()
	n := b.nextN(max(f.now, f.n+1))
	oldN, oldAtt := "", ""
	if f.exists {
		oldN, oldAtt = strconv.FormatInt(f.n, 10), strconv.FormatInt(f.att, 10)
	}
	sid, _, _ := strings.Cut(id, ".")
	s := &session{
		ref: broker.Ref{Address: req.Address, N: n, Att: 1}, keys: keys, sid: sid, secret: hash,
		meta: bytes.Clone(req.Meta), grace: req.Grace,
	}
	s.box.reset(1, 0, nil)
	list, err := b.lane(keys.shard).ask(ctx, openScript,
		[]string{keys.session(), keys.inbox(n), keys.attached(b.run), keys.due(), keys.ended(), keys.inbox(f.n), keys.marks(f.n), keys.attached(f.run)},
		oldN, oldAtt, f.run, keys.address, n, b.run, sid, string(hash[:]), req.Grace.Milliseconds(), string(req.Meta))
	switch {
	case err != nil:
		b.undo(s)
		return broker.Attachment{}, err
	case number(at(list, 0)) == 0:
		return broker.Attachment{}, errChanged
	}
	if err := b.hold(s, store); err != nil {
		return broker.Attachment{}, err
	}
	if f.exists {
		old := broker.Ref{Address: req.Address, N: f.n, Att: f.att}
		b.tellLost(f, old, wire.CloseReplaced)
		b.ended(ctx, old, keys, list)
	}
	return broker.Attachment{Ref: s.ref, Session: id, Secret: secret}, nil
}

// nextN returns a number above all that this pod has given or seen, should the store's clock have gone back.
func (b *Broker) nextN(least int64) int64 {
	for {
		last := b.lastN.Load()
		n := max(least, last+1)
		if b.lastN.CompareAndSwap(last, n) {
			return n
		}
	}
}

// hold makes s this pod's, in place of an older attachment here. Where the store has become another one since the attach
// began, it is not known to have it: it is given back.
func (b *Broker) hold(s *session, store int64) error {
	other, ok := b.sessions.put(s)
	if code, is := b.sessions.overtaken(s); is && ok {
		b.lost(s, code)
	}
	if other != nil {
		code, loser := wire.CloseResumed, other
		if other.ref.N != s.ref.N {
			code = wire.CloseReplaced
		}
		if !ok { // overtaken here while its own attach was under way
			loser = s
		}
		if loser.finish() {
			b.forget(loser)
			b.sink.Lost(loser.ref, code)
		}
	}
	if b.link.stores.Load() != store {
		b.abandon(s)
		return broker.ErrUnavailable
	}
	return nil
}

// tellLost tells the pod that had the attachment, or had it last.
func (b *Broker) tellLost(f found, old broker.Ref, code wire.CloseCode) {
	run := f.run
	if run == "" {
		run = f.was
	}
	b.post.to(run, &message{kind: kindLost, addr: old.Address, n: old.N, att: old.Att, code: code})
}

// undo takes back an attach of which it is not known whether the store has done it.
func (b *Broker) undo(s *session) {
	b.later.add(func(ctx context.Context) error {
		f, err := b.look(ctx, s.keys)
		if err != nil || f.run != b.run || f.secret != string(s.secret[:]) {
			return err
		}
		s.ref.N, s.ref.Att = f.n, f.att
		return b.detach(ctx, s)
	})
}

// abandon gives an attachment back that its caller will not be told of.
func (b *Broker) abandon(s *session) {
	s.leave(s.ref, detaching)
	b.later.add(func(ctx context.Context) error { return b.detach(ctx, s) })
}
