package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Beats of the link. A pod publishes to itself every echoEvery, and hears nothing for at most echoLimit before it says that the store
// is away, so that a frozen or half-open Redis is noticed within 2 s whatever its sockets say.
const (
	tickEvery    = 100 * time.Millisecond
	echoEvery    = 300 * time.Millisecond
	echoLimit    = 1200 * time.Millisecond
	receiveLimit = 3 * time.Second
	// identifyEvery is how often the store is asked which process it is: it may be another one without a connection's breaking.
	identifyEvery = 500 * time.Millisecond
)

// loop watches the link until ctx ends. It waits for nothing but its ticks while the link is up.
func (l *link) loop(ctx context.Context) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	var echoed, heard time.Duration
	silent := 0 // ticks since the last echo: a pod that stood still itself has not listened
	for {
		select {
		case <-t.C:
			silent++
		case <-l.kick:
		case <-ctx.Done():
			return
		}
		if last := time.Duration(l.lastEcho.Load()); last != heard {
			heard, silent = last, 0
		}
		if !l.up.Load() {
			l.back(ctx)
			continue
		}
		now := l.b.now()
		switch {
		case int64(now) >= l.leaseUntil.Load():
			l.down(errLapsed)
		case silent > int(echoLimit/tickEvery):
			l.down(fmt.Errorf("no echo for %v", echoLimit))
		case int64(now)-l.lastPong.Load() > int64(echoLimit)+int64(echoEvery):
			l.down(errors.New("the subscription does not answer pings"))
		case now-echoed >= echoEvery:
			echoed = now
			l.echo(ctx)
		}
	}
}

// tend renews the lease while the link is up, and looks for what may have been missed, until ctx ends.
func (l *link) tend(ctx context.Context) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	var renewed, identified time.Duration
	var verified sync.WaitGroup
	defer verified.Wait()
	for {
		select {
		case <-t.C:
		case <-l.suspected:
			renewed = 0
		case <-ctx.Done():
			return
		}
		if !l.up.Load() {
			continue
		}
		if now := l.b.now(); now-renewed >= l.b.opts.Lease/3 {
			renewed = now
			if err := l.renew(ctx); err != nil {
				l.down(err)
				continue
			}
			identified = now
		} else if now-identified >= identifyEvery {
			identified = now
			if now, err := l.b.identify(ctx); err == nil && l.isOther(&now) {
				l.down(errOther)
				continue
			}
		}
		if !l.verifying.Load() && l.verify.Swap(false) {
			l.verifying.Store(true)
			l.b.metrics.gaps.Inc()
			verified.Go(func() {
				if l.b.verify(ctx, nil) != nil {
					l.verify.Store(true)
				}
				l.verifying.Store(false)
			})
		}
	}
}

// echo publishes to this pod itself, the way everything goes.
func (l *link) echo(ctx context.Context) {
	l.b.post.to(l.b.run, &message{kind: kindEcho, k: int64(l.b.now())})
	l.mu.Lock()
	ps := l.pubsub
	l.mu.Unlock()
	if ps != nil && l.pinging.CompareAndSwap(false, true) {
		go func() { // it may wait for a connection that the library is making
			_ = ps.Ping(ctx)
			l.pinging.Store(false)
		}()
	}
}

// echoed takes the echo that was sent at a moment.
func (l *link) echoed(sent int64) {
	now := int64(l.b.now())
	l.b.metrics.echo.Observe(time.Duration(now - sent).Seconds())
	l.lastEcho.Store(now)
	if !l.up.Load() {
		l.poke()
	}
}

// renew renews the lease; it counts from the moment of asking. Then it asks whether the store is still the same one.
func (l *link) renew(ctx context.Context) error {
	asked := l.b.now()
	list, err := l.b.lanes[0].askUrgent(ctx, renewScript, []string{l.b.keys.leases()}, l.b.run, l.b.opts.Lease.Milliseconds())
	if err != nil {
		return err
	}
	until := l.leaseUntil.Load()
	switch had := number(at(list, 1)); {
	case until == 0: // the first
	case had == 2 && int64(asked) < until: // nobody can have given this pod up: the store has lost it
		l.forgotten.Store(true)
		if l.up.Load() {
			return errForgot
		}
	case had != 0 && l.up.Load(): // given up for dead, perhaps
		l.verify.Store(true)
	}
	l.leaseUntil.Store(int64(asked + l.b.opts.Lease))
	other, err := l.b.identify(ctx)
	if err == nil && l.up.Load() && l.isOther(&other) {
		return errOther
	}
	return err
}

// back tries once whether the store is back: it listens, answers, and echoes; then all that this pod holds is proved.
func (l *link) back(ctx context.Context) {
	if !l.subscribed.Load() {
		return
	}
	asked := l.b.now()
	if err := l.renew(ctx); err != nil {
		l.still(err)
		return
	}
	l.echo(ctx)
	for l.lastEcho.Load() < int64(asked) {
		select {
		case <-l.kick:
		case <-time.After(echoEvery):
			l.still(errors.New("no echo"))
			return
		case <-ctx.Done():
			return
		}
	}
	l.lastPong.Store(int64(l.b.now()))
	if err := l.proveAll(ctx); err != nil {
		l.still(err)
		return
	}
	if now, err := l.b.identify(ctx); err != nil || l.isOther(&now) { // it may have changed meanwhile
		l.still(errors.Join(errOther, err))
		return
	}
	l.raise()
}

// proveAll recovers while the link goes on beating: with many sessions it takes longer than a lease.
func (l *link) proveAll(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.b.recover(ctx) }()
	t := time.NewTicker(echoEvery)
	defer t.Stop()
	renewed := l.b.now()
	for {
		select {
		case err := <-done:
			return err
		case <-t.C:
		}
		l.echo(ctx)
		if now := l.b.now(); now-renewed >= l.b.opts.Lease/3 {
			renewed = now
			if err := l.renew(ctx); err != nil {
				cancel()
				return errors.Join(err, <-done)
			}
		}
		if int64(l.b.now())-l.lastEcho.Load() > int64(echoLimit) {
			cancel()
			return errors.Join(errors.New("no echo"), <-done)
		}
	}
}
