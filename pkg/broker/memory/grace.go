package memory

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// graceQueue holds the detached sessions, and no others, by the end of their grace. It changes with session.attached
// and session.ended, under session.mu too.
type graceQueue struct {
	mu   sync.Mutex
	heap graceHeap
	wake chan struct{} // holds one: the head changed
}

// add begins the grace of s, which ends at due. s.mu is held.
func (q *graceQueue) add(s *session, due time.Time) {
	q.mu.Lock()
	s.due = due
	heap.Push(&q.heap, s)
	head := q.heap[0] == s
	q.mu.Unlock()
	if head {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// remove ends the grace of s before its time. s.mu is held.
func (q *graceQueue) remove(s *session) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s.slot > 0 {
		heap.Remove(&q.heap, s.slot-1)
	}
}

func (q *graceQueue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.heap)
}

// head returns a session whose grace is over, or how long to wait for the next.
func (q *graceQueue) head(now time.Time) (s *session, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.heap) == 0 {
		return nil, time.Hour
	}
	if d := q.heap[0].due.Sub(now); d > 0 {
		return nil, d
	}
	return q.heap[0], 0
}

// run calls over for each session whose grace ends, until ctx does. over takes it out of the queue, unless a pod that
// took the session meanwhile has done so.
func (q *graceQueue) run(ctx context.Context, over func(*session)) {
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	for ctx.Err() == nil {
		s, wait := q.head(time.Now())
		if s != nil {
			over(s)
			continue
		}
		t.Reset(wait)
		select {
		case <-t.C:
		case <-q.wake:
		case <-ctx.Done():
		}
	}
}

// graceHeap is a container/heap; each session knows its place in it.
type graceHeap []*session

func (h graceHeap) Len() int           { return len(h) }
func (h graceHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h graceHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i+1, j+1
}
func (h *graceHeap) Push(x any) {
	s := x.(*session)
	*h = append(*h, s)
	s.slot = len(*h)
}
func (h *graceHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	s.slot = 0
	*h = old[:len(old)-1]
	return s
}
