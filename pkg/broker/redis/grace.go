package redis

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// graces are the sessions that were detached here, by the end of their grace. Should this pod be gone by then, the pod
// that sweeps ends them.
type graces struct {
	mu   sync.Mutex
	heap graceHeap
	kick chan struct{} // holds one: the head has changed
}

type graceEnd struct {
	s   *session
	due time.Time
}

func (g *graces) init() { g.kick = make(chan struct{}, 1) }

func (g *graces) add(s *session, d time.Duration) {
	g.mu.Lock()
	heap.Push(&g.heap, graceEnd{s, time.Now().Add(d + time.Millisecond)})
	g.mu.Unlock()
	select {
	case g.kick <- struct{}{}:
	default:
	}
}

// pop returns the sessions whose grace is over, and how long to wait for the next.
func (g *graces) pop() (list []*session, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for len(g.heap) > 0 {
		if d := g.heap[0].due.Sub(now); d > 0 {
			return list, d
		}
		list = append(list, heap.Pop(&g.heap).(graceEnd).s)
	}
	return list, time.Hour
}

// loop ends sessions until ctx ends. While the store is away, and for a lease after it is back, no grace ends: clients could
// not come back.
func (g *graces) loop(b *Broker) func(context.Context) {
	return func(ctx context.Context) {
		t := time.NewTimer(time.Hour)
		defer t.Stop()
		for {
			list, wait := g.pop()
			for _, s := range list {
				if s.stateNow() != parked {
					continue
				}
				if hold := b.link.patience(); hold > 0 {
					g.add(s, hold)
					continue
				}
				b.later.now(func(ctx context.Context) error { return b.over(ctx, s) })
			}
			t.Reset(wait)
			select {
			case <-t.C:
			case <-g.kick:
			case <-ctx.Done():
				return
			}
		}
	}
}

// over ends a session whose grace is over, unless it was resumed meanwhile.
func (b *Broker) over(ctx context.Context, s *session) error {
	if s.stateNow() != parked {
		return nil
	}
	return b.end(ctx, s, "")
}

// graceHeap is a container/heap.
type graceHeap []graceEnd

func (h graceHeap) Len() int           { return len(h) }
func (h graceHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h graceHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *graceHeap) Push(x any)        { *h = append(*h, x.(graceEnd)) }
func (h *graceHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = graceEnd{}
	*h = old[:len(old)-1]
	return e
}
