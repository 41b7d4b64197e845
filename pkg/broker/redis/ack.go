package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Acks wait until there are so many, until they free so many bytes, or so long; unless a sender waits for them.
const (
	ackSignals = 16
	ackBytes   = 64 << 10
	ackEvery   = 500 * time.Millisecond
)

// acks are the sessions with acks that the store does not have.
type acks struct {
	mu    sync.Mutex
	dirty map[*session]struct{}
}

func (a *acks) init() { a.dirty = make(map[*session]struct{}) }

func (a *acks) add(s *session) {
	a.mu.Lock()
	a.dirty[s] = struct{}{}
	a.mu.Unlock()
}

func (a *acks) take() map[*session]struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.dirty) == 0 {
		return nil
	}
	all := a.dirty
	a.dirty = make(map[*session]struct{})
	return all
}

// loop brings acks to the store until ctx ends.
func (a *acks) loop(b *Broker) func(context.Context) {
	return func(ctx context.Context) {
		t := time.NewTicker(ackEvery)
		defer t.Stop()
		for {
			select {
			case <-t.C:
			case <-ctx.Done():
				return
			}
			if b.link.state() == nil {
				for s := range a.take() {
					b.startFlush(s, nil)
				}
			}
		}
	}
}

// flushAll brings all acks to the store, before the broker is closed.
func (a *acks) flushAll(ctx context.Context, b *Broker) {
	var wg sync.WaitGroup
	limit := make(chan struct{}, atOnce)
	for s := range a.take() {
		if b.link.state() != nil || ctx.Err() != nil {
			break // what is not acked is read again by a client that has read it
		}
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			_ = b.flush(ctx, s)
		})
	}
	wg.Wait()
}

// Ack implements broker.Broker.
func (b *Broker) Ack(ctx context.Context, ref broker.Ref, seq int64) error {
	s, err := b.mine(ref)
	if err != nil {
		return err
	}
	s.mu.Lock()
	fresh := s.box.ack(seq)
	n := s.box.folded()
	bytes, receipt := 0, false
	for i := range s.box.items[:n] {
		bytes += len(s.box.items[i].body)
		receipt = receipt || s.box.items[i].receipt
	}
	all := len(s.box.items)
	crowded := all >= b.limits.InboxSignals/2 || s.box.bytes >= min(boxBytes, b.limits.InboxBytes)/2
	s.mu.Unlock()
	switch {
	case fresh == 0:
		return nil
	case crowded: // somebody may be told inbox_full meanwhile
		return b.flush(ctx, s)
	case n >= ackSignals || bytes >= ackBytes || receipt:
		b.startFlush(s, nil)
	default:
		b.acks.add(s)
	}
	return nil
}

// flush brings the acks of s to the store and waits for that.
func (b *Broker) flush(ctx context.Context, s *session) error {
	for {
		result := make(chan error, 1)
		b.startFlush(s, func(err error) { result <- err })
		err := <-result
		s.mu.Lock()
		again := err == nil && s.box.folded() > 0
		s.mu.Unlock()
		switch {
		case errors.Is(err, broker.ErrFenced): // whoever asks next is told so
			return nil
		case !again || ctx.Err() != nil:
			return err
		}
	}
}

// startFlush brings the acks of s to the store, one batch at a time, and then calls done.
func (b *Broker) startFlush(s *session, done func(error)) {
	s.mu.Lock()
	n := s.box.folded()
	if busy := s.flushing || s.box.frozen; busy || n == 0 {
		s.mu.Unlock()
		switch {
		case done != nil && busy:
			time.AfterFunc(time.Millisecond, func() { b.startFlush(s, done) })
		case done != nil:
			done(nil)
		case busy:
			b.acks.add(s)
		}
		return
	}
	s.flushing = true
	marks := s.box.foldedMarks(n)
	delivered := s.box.receipts(n)
	lo, lw := s.box.items[n-1].k, s.box.acked
	s.mu.Unlock()
	args := append([]any{s.ref.N, s.ref.Att, b.run, lo, lw}, marks...)
	cmd := eval(ackScript, []string{s.keys.session(), s.keys.inbox(s.ref.N), s.keys.marks(s.ref.N)}, args)
	b.lane(s.keys.shard).do(&call{cmds: []goredis.Cmder{cmd}, script: ackScript, key: s.keys.session(), done: func() {
		err := b.flushed(s, cmd, n, delivered)
		if done != nil {
			done(err)
		}
	}})
}

// flushed takes the store's answer to n acked entries.
func (b *Broker) flushed(s *session, cmd *goredis.Cmd, n int, delivered []origin) error {
	answer, err := cmd.Int64()
	s.mu.Lock()
	s.flushing = false
	if err == nil && answer == 1 && s.state != over {
		s.box.fold(n)
	}
	held := s.state == attached
	s.mu.Unlock()
	switch {
	case err != nil:
		b.acks.add(s)
		return broker.ErrUnavailable
	case answer == 0:
		if held {
			go func() { _ = b.fenced(b.life, s) }()
		}
		return broker.ErrFenced
	}
	b.receipts(s.ref, delivered, wire.StatusDelivered)
	return nil
}
