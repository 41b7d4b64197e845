package redis

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// link knows whether this pod reaches the store and may speak for its sessions.
type link struct {
	b *Broker

	up         atomic.Bool
	leaseUntil atomic.Int64 // since b.began
	lastEcho   atomic.Int64 // since b.began
	stores     atomic.Int64 // how many stores there were: what was written to an earlier one may be lost
	other      atomic.Int64 // when the last one was met, since b.began
	forgotten  atomic.Bool  // the store has lost something though it is the same process
	lastPong   atomic.Int64 // since b.began
	subscribed atomic.Bool

	mu         sync.Mutex
	why        error         // guarded by mu, as all below
	since      time.Duration // of the state
	outages    int
	complained time.Duration
	pubsub     *goredis.PubSub
	changed    chan struct{} // closed and made anew when up changes
	numbers    map[string]int64
	kick       chan struct{} // holds one: look now
	suspected  chan struct{} // holds one: renew now
	verify     atomic.Bool   // something may have been missed
	verifying  atomic.Bool
	pinging    atomic.Bool
	identity   identity
}

var errStarting = errors.New("the store has not answered yet")

func newLink(b *Broker) *link {
	return &link{b: b, why: errStarting, changed: make(chan struct{}), kick: make(chan struct{}, 1), suspected: make(chan struct{}, 1), numbers: make(map[string]int64)}
}

// state is nil while the store answers and this pod's lease lasts.
func (l *link) state() error {
	if l.up.Load() && int64(l.b.now()) < l.leaseUntil.Load() {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		return errLapsed
	}
	return l.why
}

// errOther: the store is another server process than it was.
var errOther = errors.New("the store is another one")

// errForgot: the store lacks what it had.
var errForgot = errors.New("the store has lost sessions")

var errLapsed = errors.New("this pod's lease has ended")

// wait waits for the link to be up, and says why it is not.
func (l *link) wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		changed, why := l.changed, l.why
		l.mu.Unlock()
		if l.up.Load() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return why
		}
	}
}

// patience is for how long nobody may be given up for dead: until the store has answered for a lease after an outage.
func (l *link) patience() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !l.up.Load():
		return l.b.opts.Lease
	case int64(l.b.now())-l.lastEcho.Load() > int64(2*echoEvery): // it may be going away
		return echoEvery
	case l.outages == 0:
		return 0
	}
	return max(0, l.since+l.b.opts.Lease-l.b.now())
}

// upFor is for how long the link has been up.
func (l *link) upFor() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.up.Load() {
		return 0
	}
	return l.b.now() - l.since
}

func (l *link) poke() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// suspect says that a batch was not answered: the lease is renewed at once, or the store is away.
func (l *link) suspect() {
	select {
	case l.suspected <- struct{}{}:
	default:
	}
}

// deaf says that nobody heard this pod's own echo: the subscription is gone, though its socket may not know.
func (l *link) deaf() {
	if l.subscribed.Load() {
		l.down(errors.New("the subscription is gone"))
	}
}

// missed says that messages may not have come.
func (l *link) missed() {
	l.verify.Store(true)
}

// down says that the store is away, and ends the subscription so that a new one is made.
func (l *link) down(why error) {
	l.mu.Lock()
	was := l.up.Swap(false)
	l.why = why
	if was {
		l.outages++
		l.since = l.b.now()
		close(l.changed)
		l.changed = make(chan struct{})
	}
	ps := l.pubsub
	l.pubsub = nil
	l.mu.Unlock()
	if was && !l.b.closed.Load() {
		l.b.log.Warn("redis: the store is away", "reason", why.Error())
		l.b.metrics.outages.Inc()
	}
	if ps != nil {
		go func() { _ = ps.Close() }() // it may wait for a connection that the library is making
	}
	l.poke()
}

// complainEvery is how often it is said why the store is still away.
const complainEvery = 5 * time.Second

// still says why the store is away yet.
func (l *link) still(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = why
	if now := l.b.now(); l.outages > 0 && now-l.since > complainEvery && now-l.complained > complainEvery {
		l.complained = now
		l.b.log.Warn("redis: the store is still away", "reason", why.Error(), "for", now-l.since)
	}
}

// forgot says that the store lacks a session that nobody can have ended: it has lost more, so all is written anew.
func (l *link) forgot() {
	l.forgotten.Store(true)
	l.down(errForgot)
}

// sinceOther is for how long the store has been the one it is, as far as this pod knows.
func (l *link) sinceOther() time.Duration {
	if at := l.other.Load(); at != 0 {
		return l.b.now() - time.Duration(at)
	}
	return math.MaxInt64
}

// epoch is whether the link is up, and how often it has gone down.
func (l *link) epoch() (up bool, outages int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up.Load(), l.outages
}

// isOther reports whether a master is none of those that were when the link was raised.
func (l *link) isOther(now *identity) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.unknown(&l.identity)
}

func (l *link) raise() {
	l.mu.Lock()
	away := l.b.now() - l.since
	l.since, l.why = l.b.now(), nil
	l.up.Store(true)
	close(l.changed)
	l.changed = make(chan struct{})
	again := l.outages > 0
	l.mu.Unlock()
	if again {
		l.b.metrics.outageSeconds.Add(away.Seconds())
		l.b.log.Info("redis: the store is back", "after", away)
	}
	l.b.later.wake()
}
