package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// Lanes, and what one takes. One batch of a lane is under way at a time; what comes meanwhile is the next, so that only
// what piles up is batched, and all that goes through one lane is done in its order.
const (
	lanesOfOne     = 4
	lanesOfCluster = 32
	maxBatch       = 256
	maxQueued      = 16 << 10
	// restAfterFailure is how long a lane refuses at once after a batch of which nothing was answered.
	restAfterFailure = 100 * time.Millisecond
	// waitTimeout bounds WAIT, in ms.
	waitTimeout = 500
)

// errBusy refuses what a lane has no place for, errResting what comes right after a failure.
var (
	errBusy    = errors.New("too much waits for the store")
	errResting = errors.New("the store has just failed")
)

// call is some commands that go to Redis together, and what to do with their replies.
type call struct {
	cmds   []goredis.Cmder
	script *script // of cmds[0], which is an EVALSHA
	key    string  // that decides the node
	// kept asks that Options.Wait replicas have it; otherwise cmds[0] fails.
	kept   bool
	urgent bool // it is what finds out whether Redis is back
	done   func()
}

func (c *call) fail(err error) {
	for _, cmd := range c.cmds {
		cmd.SetErr(err)
	}
}

// lane sends calls to Redis in batches.
type lane struct {
	b     *Broker
	mu    sync.Mutex
	queue []*call
	kick  chan struct{} // holds one: queue is not empty
	rest  time.Time     // guarded by mu
	ended bool          // guarded by mu
}

func newLane(b *Broker) *lane { return &lane{b: b, kick: make(chan struct{}, 1)} }

// do queues a call; its done runs on another goroutine, so that the caller may hold what done asks for.
func (l *lane) do(c *call) {
	l.mu.Lock()
	var refused error
	switch {
	case l.ended || l.b.closed.Load() && !c.urgent:
		refused = broker.ErrClosed
	case len(l.queue) >= maxQueued && !c.urgent:
		refused = errBusy
	case !c.urgent && !l.rest.IsZero() && time.Now().Before(l.rest):
		refused = errResting
	}
	if refused != nil {
		l.mu.Unlock()
		c.fail(refused)
		go c.done()
		return
	}
	l.queue = append(l.queue, c)
	l.b.waiting.Add(1)
	l.mu.Unlock()
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// loop sends until ctx ends; then it refuses what is left.
func (l *lane) loop(ctx context.Context) {
	var spare []*call
	for {
		select {
		case <-l.kick:
		case <-ctx.Done():
			l.mu.Lock()
			l.ended = true
			l.mu.Unlock()
			l.refuse(broker.ErrClosed, true)
			return
		}
		for {
			l.mu.Lock()
			all := l.queue
			l.queue = spare[:0]
			l.b.waiting.Add(-int64(len(all)))
			l.mu.Unlock()
			spare = all
			if len(all) == 0 {
				break
			}
			for len(all) > 0 {
				n := min(len(all), maxBatch)
				if answered := l.send(ctx, all[:n]); !answered { // nobody waits for one timeout after the other
					l.mu.Lock()
					l.queue = append(slices.Clone(all[n:]), l.queue...)
					l.b.waiting.Add(int64(len(all) - n))
					l.mu.Unlock()
					l.refuse(errResting, false)
					break
				}
				all = all[n:]
			}
			clear(spare)
		}
	}
}

// refuse answers what waits, but for what is urgent unless all is meant.
func (l *lane) refuse(err error, all bool) {
	var left, out []*call
	l.mu.Lock()
	for _, c := range l.queue {
		if c.urgent && !all {
			left = append(left, c)
		} else {
			out = append(out, c)
		}
	}
	l.queue = left
	l.b.waiting.Add(-int64(len(out)))
	l.mu.Unlock()
	for _, c := range out {
		c.fail(err)
		c.done()
	}
}

// send exchanges one batch with Redis and reports whether anything was answered. Scripts that the server does not know are sent
// whole, before anything later.
func (l *lane) send(ctx context.Context, batch []*call) (answered bool) {
	l.b.metrics.batch.Observe(float64(len(batch)))
	up, before := l.b.link.epoch()
	l.exchange(ctx, batch)
	var unknown []*call
	for _, c := range batch {
		err := c.cmds[0].Err()
		if c.script != nil && isMissing(err) {
			unknown = append(unknown, c)
		}
		answered = answered || !unanswered(err)
	}
	if len(unknown) > 0 {
		for _, c := range unknown {
			args := c.cmds[0].Args()
			args[0], args[1] = "eval", c.script.source
			c.cmds[0].SetErr(nil)
		}
		l.exchange(ctx, unknown)
	}
	l.mu.Lock()
	if l.rest = (time.Time{}); !answered {
		l.rest = time.Now().Add(restAfterFailure)
	}
	l.mu.Unlock()
	if !answered {
		l.b.link.suspect()
	}
	still, after := l.b.link.epoch()
	sure := up && still && before == after // else another store may have answered
	for _, c := range batch {
		if !sure && !c.urgent {
			c.fail(errResting)
		}
		c.done()
	}
	return answered
}

// unanswered reports an error that is not Redis's answer: whether the command was done is not known.
func unanswered(err error) bool {
	var reply goredis.Error
	return err != nil && !errors.As(err, &reply) && !errors.Is(err, errUnreplicated)
}
