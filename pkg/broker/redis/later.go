package redis

import (
	"context"
	"sync"
	"time"
)

// Later is asked again this often, and at once when the store is back.
const laterEvery = 200 * time.Millisecond

// later are steps that the store is still to take, each until it has answered. They are bounded by the sessions of this pod: each
// has at most two at a time.
type later struct {
	mu   sync.Mutex
	list []func(context.Context) error
	kick chan struct{} // holds one: look at once

	slots chan struct{}  // of those under way
	under sync.WaitGroup // they
}

func (l *later) init() { l.kick, l.slots = make(chan struct{}, 1), make(chan struct{}, atOnce) }

func (l *later) add(step func(context.Context) error) {
	l.mu.Lock()
	l.list = append(l.list, step)
	l.mu.Unlock()
}

// now is add for a step that nothing has kept yet from being taken.
func (l *later) now(step func(context.Context) error) {
	l.add(step)
	l.wake()
}

func (l *later) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

func (l *later) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.list) + len(l.slots)
}

// atOnce bounds the steps that are under way together.
const atOnce = 64

// loop takes the steps until ctx ends.
func (l *later) loop(b *Broker) func(context.Context) {
	return func(ctx context.Context) {
		t := time.NewTicker(laterEvery)
		defer t.Stop()
		defer l.under.Wait()
		for {
			select {
			case <-t.C:
			case <-l.kick:
			case <-ctx.Done():
				return
			}
			if b.link.state() == nil {
				l.pass(ctx)
			}
		}
	}
}

// pass takes each step once. It does not wait for those that take long.
func (l *later) pass(ctx context.Context) {
	l.mu.Lock()
	list := l.list
	l.list = nil
	l.mu.Unlock()
	for i, step := range list {
		select {
		case l.slots <- struct{}{}:
		case <-ctx.Done():
			l.mu.Lock()
			l.list = append(l.list, list[i:]...)
			l.mu.Unlock()
			return
		}
		l.under.Go(func() {
			defer func() { <-l.slots }()
			if step(ctx) != nil && ctx.Err() == nil {
				l.add(step)
			}
		})
	}
}
