package accept

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Times of the watchdog. A door that stalls is found by its kernel queue within two glances, or by the next self-dial, and
// is unready after three misses.
const (
	glanceEvery  = 200 * time.Millisecond // loop clock and kernel queue, which cost nothing
	dialEvery    = time.Second            // self-dial; at each glance once something is suspicious
	dialTimeout  = 250 * time.Millisecond // of a self-dial while suspicious, so that misses come quickly
	dialPatience = 400 * time.Millisecond // of one that comes out of the blue
	missesMost   = 3
	hitsLeast    = 2
	// stuckMost is how long the loop may be busy with one connection outside the kernel.
	stuckMost = 500 * time.Millisecond
	// deadAfter is how long a stall lasts, listening again tried, before liveness fails.
	deadAfter = 30 * time.Second
	// renewEvery is how often a stalled listener is opened anew.
	renewEvery = 5 * time.Second
	// sheddingFor is how long the door counts as shedding after it last had to.
	sheddingFor = time.Second
)

// watchdog proves that the door is open: by the clock of its loop, by the kernel's accept queue, and by dialing it.
type watchdog struct {
	door *Door
	self *selfDial

	mu      sync.Mutex
	state   State
	since   time.Time // of state
	why     string
	renewed time.Time
	misses  int
	hits    int

	// Of the last glance; the run goroutine's own.
	accepted int64
	queued   bool
	dialed   time.Time
}

func newWatchdog(d *Door) *watchdog {
	return &watchdog{door: d, self: newSelfDial(d), state: StateClosed, since: time.Now()}
}

// run looks until ctx ends.
func (w *watchdog) run(ctx context.Context) {
	w.become(StateOpen, "")
	t := time.NewTicker(glanceEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			w.look(ctx, time.Now())
		}
	}
}

// look gathers the evidence of one moment and draws the consequence.
func (w *watchdog) look(ctx context.Context, now time.Time) {
	l := w.door.listener
	suspicion := w.glance(now)
	if l.reopening.Load() {
		w.judge(now, errors.New("the listening socket is being opened anew"), StateReopening)
		return
	}
	w.mu.Lock()
	suspicious := suspicion != nil || w.misses > 0 || w.state == StateStalled || w.state == StateReopening
	w.mu.Unlock()
	if !suspicious && now.Sub(w.dialed) < dialEvery {
		w.shedding(now)
		return
	}
	w.dialed = now
	patience := dialPatience
	if suspicious {
		patience = dialTimeout
	}
	err := w.self.dial(ctx, patience)
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, errCannotDial): // want of resources on this side proves nothing
		w.shedding(now)
		return
	case err == nil:
		err = suspicion
	}
	w.judge(now, err, StateStalled)
}

// glance looks at the loop's clock and the kernel's queue.
func (w *watchdog) glance(now time.Time) error {
	l := w.door.listener
	accepted := l.accepted.Load()
	idle := accepted == w.accepted
	w.accepted = accepted
	if busy := now.Sub(time.Unix(0, l.returned.Load())); !l.inside.Load() && !l.reopening.Load() && busy > stuckMost && !w.short(now) {
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

func (w *watchdog) short(now time.Time) bool {
	return now.Sub(time.Unix(0, w.door.listener.shortAt.Load())) < sheddingFor
}

// judge counts hits and misses and changes the state when there are enough.
func (w *watchdog) judge(now time.Time, fault error, bad State) {
	w.mu.Lock()
	if fault != nil {
		w.misses, w.hits = w.misses+1, 0
	} else {
		w.hits, w.misses = w.hits+1, 0
	}
	state, misses, hits := w.state, w.misses, w.hits
	w.mu.Unlock()
	ill := state == StateStalled || state == StateReopening
	switch {
	case fault != nil && (misses >= missesMost || bad == StateReopening):
		w.become(bad, fault.Error())
		w.help(now)
	case fault == nil && ill && hits >= hitsLeast:
		w.become(StateOpen, "")
	case fault == nil && !ill:
		w.shedding(now)
	}
}

// help opens a stalled listener anew: that ends an accept that hangs, and a socket that the kernel has forgotten.
func (w *watchdog) help(now time.Time) {
	w.mu.Lock()
	due := w.state == StateStalled && now.Sub(w.since) >= renewEvery && now.Sub(w.renewed) >= renewEvery
	if due {
		w.renewed = now
	}
	w.mu.Unlock()
	if due && w.door.listener.inside.Load() {
		w.door.listener.renew()
	}
}

// shedding tells full from open.
func (w *watchdog) shedding(now time.Time) {
	state := w.State()
	if state != StateOpen && state != StateShedding {
		return
	}
	d := w.door
	if d.places.used.Load() >= d.places.limit || d.handshakes.used.Load() >= d.handshakes.limit || w.short(now) {
		w.become(StateShedding, "full")
	} else {
		w.become(StateOpen, "")
	}
}
