package redis

import (
	"context"
	"errors"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// once is a command that the library must not repeat by itself: with a Cluster it would repeat whole batches, what is done of them
// included. It still follows a slot that has moved.
type once struct{ goredis.Cmder }

// NoRetry implements goredis.Cmder.
func (once) NoRetry() bool { return true }

// errUnreplicated: too few replicas had it in time. It is there, and may stay.
var errUnreplicated = errors.New("the replicas do not have it")

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
			_ = pipe.Process(ctx, once{cmd})
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
}

// exchangeKept runs a batch node by node, and asks on the connection that wrote whether the replicas have it.
func (l *lane) exchangeKept(ctx context.Context, batch []*call) {
	var wg sync.WaitGroup
	for node, calls := range l.byNode(ctx, batch) {
		wg.Go(func() { l.keptBy(ctx, node, calls) })
	}
	wg.Wait()
}

func (l *lane) keptBy(ctx context.Context, node goredis.Cmdable, calls []*call) {
	pipe := node.Pipeline()
	for _, c := range calls {
		for _, cmd := range c.cmds {
			_ = pipe.Process(ctx, once{cmd})
		}
	}
	have := pipe.Do(ctx, "wait", l.b.opts.Wait, waitTimeout)
	_, _ = pipe.Exec(ctx)
	if n, err := have.Int(); err == nil && n >= l.b.opts.Wait {
		return
	}
	for _, c := range calls {
		if c.kept && c.cmds[0].Err() == nil {
			c.cmds[0].SetErr(errUnreplicated)
			l.b.metrics.unreplicated.Inc()
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
			c.fail(err)
			continue
		}
		nodes[node] = append(nodes[node], c)
	}
	return nodes
}
