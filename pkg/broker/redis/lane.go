package redis

import (
	"context"
	"errors"
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

// lane sends calls to Redis in batches.
type lane struct {
	b     *Broker
	mu    sync.Mutex
	queue []*call
	kick  chan struct{} // holds one: queue is not empty
	rest  time.Time     // guarded by mu
}

func newLane(b *Broker) *lane { return &lane{b: b, kick: make(chan struct{}, 1)} }

// do queues a call; its done runs on another goroutine, so that the caller may hold what done asks for.
func (l *lane) do(c *call) {
	l.mu.Lock()
	var refused error
	switch {
	case l.b.closed.Load() && !c.urgent:
		refused = broker.ErrClosed
	case len(l.queue) >= maxQueued:
		refused = errBusy
	case !c.urgent && !l.rest.IsZero() && time.Now().Before(l.rest):
		refused = errResting
	}
	if refused != nil {
		l.mu.Unlock()
		for _, cmd := range c.cmds {
			cmd.SetErr(refused)
		}
		go c.done()
		return
	}
	l.queue = append(l.queue, c)
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
			l.refuse(ctx.Err())
			return
		}
		for {
			l.mu.Lock()
			all := l.queue
			l.queue = spare[:0]
			l.mu.Unlock()
			spare = all
			if len(all) == 0 {
				break
			}
			for len(all) > 0 {
				n := min(len(all), maxBatch)
				l.send(ctx, all[:n])
				all = all[n:]
			}
			clear(spare)
		}
	}
}

func (l *lane) refuse(err error) {
	l.mu.Lock()
	left := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, c := range left {
		for _, cmd := range c.cmds {
			cmd.SetErr(err)
		}
		c.done()
	}
}

// send exchanges one batch with Redis. Scripts that the server does not know are sent whole, before anything later.
func (l *lane) send(ctx context.Context, batch []*call) {
	l.b.metrics.batch.Observe(float64(len(batch)))
	l.exchange(ctx, batch)
	var unknown []*call
	answered := false
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
	for _, c := range batch {
		c.done()
	}
}

// exchange runs a batch, bounded in time. In a Cluster the library splits it by node and follows slots that move.
func (l *lane) exchange(ctx context.Context, batch []*call) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	kept := false
	for _, c := range batch {
		kept = kept || c.kept
	}
	if kept && l.b.opts.Wait > 0 {
		l.exchangeKept(ctx, batch)
		return
	}
	run(ctx, l.b.client, batch)
}

func run(ctx context.Context, client goredis.Cmdable, batch []*call) {
	pipe := client.Pipeline()
	for _, c := range batch {
		for _, cmd := range c.cmds {
			_ = pipe.Process(ctx, cmd)
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
}

// exchangeKept runs a batch node by node, and asks on the connection that wrote whether the replicas have it.
func (l *lane) exchangeKept(ctx context.Context, batch []*call) {
	for node, calls := range l.byNode(ctx, batch) {
		pipe := node.Pipeline()
		for _, c := range calls {
			for _, cmd := range c.cmds {
				_ = pipe.Process(ctx, cmd)
			}
		}
		have := pipe.Do(ctx, "wait", l.b.opts.Wait, waitTimeout)
		_, _ = pipe.Exec(ctx)
		if n, err := have.Int(); err == nil && n >= l.b.opts.Wait {
			continue
		}
		for _, c := range calls {
			if c.kept && c.cmds[0].Err() == nil {
				c.cmds[0].SetErr(errors.New("the replicas do not have it"))
				l.b.metrics.unreplicated.Inc()
			}
		}
	}
}

func (l *lane) byNode(ctx context.Context, batch []*call) map[goredis.Cmdable][]*call {
	nodes := make(map[goredis.Cmdable][]*call)
	cluster, is := l.b.client.(*goredis.ClusterClient)
	for _, c := range batch {
		if !is {
			nodes[l.b.client] = append(nodes[l.b.client], c)
			continue
		}
		node, err := cluster.MasterForKey(ctx, c.key)
		if err != nil {
			for _, cmd := range c.cmds {
				cmd.SetErr(err)
			}
			continue
		}
		nodes[node] = append(nodes[node], c)
	}
	return nodes
}

// unanswered reports an error that is not Redis's answer: whether the command was done is not known.
func unanswered(err error) bool {
	var reply goredis.Error
	return err != nil && !errors.As(err, &reply)
}
