package accept

import (
	"fmt"
	"runtime"
	"time"
)

// glance looks at the loop's clock and the kernel's queue.
func (w *watchdog) glance(now time.Time) error {
	d, l := w.door, w.door.listener
	accepted := l.accepted.Load()
	idle := accepted == w.accepted
	w.accepted = accepted
	if !idle {
		w.grew = now
	}
	w.full = d.places.used.Load() >= d.places.limit || d.handshakes.used.Load() >= d.handshakes.limit
	inside := l.inside.Load() // before returned, see Accept
	if busy := time.Duration(l.clock() - l.returned.Load()); !inside && !l.reopening.Load() && busy > stuckMost && !w.short() {
		return fmt.Errorf("the accept loop has been busy with one connection for %v", busy.Round(time.Millisecond))
	}
	waiting := 0
	if ln, open := l.current(); open {
		waiting, _, _ = queueOf(ln)
	}
	stuck := waiting > 0 && idle && w.queued
	w.queued = waiting > 0 && idle
	if stuck && w.State() != StateShedding {
		return fmt.Errorf("%d connections wait in the kernel and none is taken", waiting)
	}
	return nil
}

// short reports whether resources were short a moment ago.
func (w *watchdog) short() bool {
	l := w.door.listener
	at := l.shortAt.Load()
	return at != 0 && time.Duration(l.clock()-at) < sheddingFor
}

// late reports whether this process does not get to its work: what is over is how much longer it took than it was to
// take, and a turn behind all other goroutines shows how long those keep it. An accept loop would be as late.
func late(over time.Duration) bool {
	began := time.Now()
	runtime.Gosched()
	return over > lateMost || time.Since(began) > lateMost
}
