package redis

import (
	"context"
	"errors"
	"sync"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// recover proves all that this pod holds before it speaks for any of it again: with a store that is the one it was by
// compare-and-set, with another one by writing what it lacks.
func (b *Broker) recover(ctx context.Context) error {
	now, err := b.identify(ctx)
	if err != nil {
		return err
	}
	b.link.mu.Lock()
	before := b.link.identity
	b.link.mu.Unlock()
	changed := b.changed(ctx, &now, &before)
	other := len(before.by) > 0 && now.unknown(&before)
	if b.link.forgotten.Swap(false) {
		other, changed = true, func(string) bool { return true }
	}
	if other {
		b.log.Warn("redis: the store is another one, or was started anew; writes may be lost")
		b.settles.begin()
		b.link.stores.Add(1)
		b.link.other.Store(int64(b.now()))
		if err := b.restoring(ctx, true); err != nil {
			return err
		}
	}
	b.link.verify.Store(false)
	if err := b.verify(ctx, changed); err != nil {
		if other {
			b.link.forgotten.Store(true) // it is to be done once more, whole
		}
		return err
	}
	b.link.mu.Lock()
	b.link.identity = now
	b.link.mu.Unlock()
	if other {
		if err := b.restoring(ctx, false); err != nil {
			return err
		}
		b.tellGaps(changed)
		b.tasks.Go(func() { b.settle(b.life, changed) })
		b.departures.again(b)
		b.later.now(b.reconcile)
	}
	return nil
}

// provesAtOnce bounds the sessions that are proved together.
const provesAtOnce = 256

// verify proves each session that this pod holds, and reads what it has missed; those on a changed store are written anew.
// Then it looks whether rooms have changed. It fails where the store does not answer.
func (b *Broker) verify(ctx context.Context, changed func(key string) bool) error {
	var mu sync.Mutex
	var failed error
	limit := make(chan struct{}, provesAtOnce)
	var wg sync.WaitGroup
	each := func(f func() error) {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			if err := f(); err != nil {
				mu.Lock()
				failed = err
				mu.Unlock()
			}
		})
	}
	for _, s := range b.sessions.all() {
		if changed != nil && changed(s.keys.session()) {
			each(func() error { return b.restore(ctx, s) })
		} else if s.stateNow() == attached {
			each(func() error { return b.prove(ctx, s) })
		}
	}
	wg.Wait()
	if changed != nil {
		for _, s := range b.sessions.all() {
			each(func() error { return b.restoreRooms(ctx, s, changed) })
		}
		wg.Wait()
	}
	for _, r := range b.watch.all() {
		each(func() error { return b.compare(ctx, r) })
	}
	wg.Wait()
	return failed
}

// prove asks whether the session is still this pod's and takes what it has missed of its inbox.
func (b *Broker) prove(ctx context.Context, s *session) error {
	s.mu.Lock()
	top := s.box.top
	s.mu.Unlock()
	list, err := b.lane(s.keys.shard).askUrgent(ctx, proveScript, []string{s.keys.session(), s.keys.inbox(s.ref.N), s.keys.attached(b.run), s.keys.due()},
		s.ref.N, s.ref.Att, b.run, s.keys.address, top)
	if err != nil {
		return err
	}
	switch {
	case number(at(list, 0)) == 1:
	case s.stateNow() != attached: // it has just ended, or been detached
		return nil
	case b.link.up.Load(): // the store may be another one, and nobody has noticed yet
		if err := b.fenced(ctx, s); errors.Is(err, broker.ErrUnavailable) {
			return err
		}
		return nil
	default:
		b.lost(s, wire.CloseLeaseLost)
		return nil
	}
	b.metrics.rereads.Inc()
	if s.stateNow() != attached { // detached between the look and the proof, which has undone it
		b.later.now(func(ctx context.Context) error { return b.detach(ctx, s) })
	}
	entries, _ := at(list, 1).([]any)
	if len(entries) == 0 {
		return nil
	}
	s.mu.Lock()
	s.box.addAll(entries)
	s.box.unsure = true // there may be more than was asked for
	s.mu.Unlock()
	b.sink.Wake(s.ref.Address)
	return nil
}
