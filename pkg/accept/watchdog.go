package accept

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"
)

// Times of the watchdog. A door that stalls is found by its kernel queue within two glances, or by the next self-dial, and
// is unready after three misses.
const (
	glanceEvery  = 200 * time.Millisecond // loop clock and kernel queue, which cost nothing
	dialEvery    = time.Second            // self-dial; at each glance once something is suspicious
	dialTimeout  = 250 * time.Millisecond // of a self-dial while suspicious, so that misses come quickly
	dialPatience = 400 * time.Millisecond // of one that comes out of the blue
	dialLongest  = 2 * time.Second        // of one after doubts
	missesMost   = 3
	hitsLeast    = 2
	// doubtsMost is how many misses in a row a busy machine excuses; each doubles the time that the next self-dial has.
	doubtsMost = 3
	// lateMost is how late this process may be at its own work before the machine is called busy.
	lateMost = 100 * time.Millisecond
	// stuckMost is how long the loop may be busy with one connection outside the kernel.
	stuckMost = 500 * time.Millisecond
	// deadAfter is how long a stall lasts, listening again tried, before liveness fails.
	deadAfter = 30 * time.Second
	// renewEvery is how often a stalled listener is opened anew, renewRefused where the kernel refuses to connect:
	// then nobody is waiting whom that would cost the connection.
	renewEvery   = 5 * time.Second
	renewRefused = time.Second
	// sheddingFor is how long the door counts as shedding after it last had to.
	sheddingFor = time.Second
)

var errReopening = errors.New("the listening socket is being opened anew")

// watchdog proves that the door is open: by the clock of its loop, by the kernel's accept queue, and by dialing it.
type watchdog struct {
	door *Door
	self *selfDial
	dial func(context.Context, time.Duration) error // self's

	mu    sync.Mutex
	state State
	since time.Time // of state
	down  time.Time // since when the door has been ill, zero where it is not
	dead  bool      // nothing was taken for deadAfter
	why   string

	// The run goroutine's own.
	misses, hits int
	doubts       int
	proven       bool // a self-dial got through once, so that it can
	accepted     int64
	grew         time.Time // when accepted last did
	queued       bool
	full         bool // at the last glance
	dialed       time.Time
	renewed      time.Time
}

func newWatchdog(d *Door) *watchdog {
	w := &watchdog{door: d, self: newSelfDial(d), state: StateClosed, since: time.Now()}
	w.dial = w.self.dial
	return w
}

// run looks until ctx ends.
func (w *watchdog) run(ctx context.Context) {
	w.grew = time.Now()
	t := time.NewTicker(glanceEvery)
	defer t.Stop()
	w.look(ctx, time.Now())
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
	suspicion := w.glance(now)
	switch {
	case w.door.listener.reopening.Load():
		w.judge(now, errReopening, StateReopening)
	case suspicion != nil: // proof enough: a dial would only stand in the queue
		if !w.excuse(late(0)) {
			w.judge(now, suspicion, StateStalled)
		}
	case w.misses > 0 || w.doubts > 0 || !w.well() || now.Sub(w.dialed) >= dialEvery:
		w.knock(ctx, now)
	default:
		w.shedding()
	}
}

// knock dials the door.
func (w *watchdog) knock(ctx context.Context, now time.Time) {
	patience := dialPatience
	if w.misses > 0 || !w.well() {
		patience = dialTimeout
	}
	patience = min(patience<<w.doubts, dialLongest)
	w.dialed = now
	err := w.dial(ctx, patience)
	taken := w.door.listener.accepted.Load() > w.accepted
	switch {
	case ctx.Err() != nil:
		return
	case err == nil:
		w.proven = true
	case taken && w.full || w.short(): // told no like every other, or kept waiting by want of descriptors: the loop is at work
		err = nil
	case errors.Is(err, errCannotDial) || !w.proven:
		// Want of resources on this side proves nothing, nor does a machine on which nobody may dial itself. Then the
		// clock and the queue have to do, which are well, and for a door that was ill that the loop waits for the next.
		if w.well() || !w.door.listener.inside.Load() {
			w.shedding()
			return
		}
		err = nil
	case w.excuse(taken || late(time.Since(now)-patience)):
		return
	}
	w.judge(now, err, StateStalled)
}

// excuse reports whether a miss is the machine's, which is busy, rather than the door's.
func (w *watchdog) excuse(busy bool) bool {
	if !busy || w.doubts >= doubtsMost {
		return false
	}
	w.doubts++
	return true
}

// judge counts hits and misses and changes the state when there are enough.
func (w *watchdog) judge(now time.Time, fault error, bad State) {
	if fault != nil {
		w.misses, w.hits = w.misses+1, 0
	} else {
		w.hits, w.misses, w.doubts = w.hits+1, 0, 0
	}
	w.mu.Lock()
	w.dead = fault != nil && w.ill() && now.Sub(w.down) > deadAfter && now.Sub(w.grew) > deadAfter
	ill := w.ill()
	w.mu.Unlock()
	switch {
	case fault != nil && (w.misses >= missesMost || bad == StateReopening):
		w.become(bad, fault.Error())
		w.help(now, fault)
	case fault == nil && ill && w.hits >= hitsLeast:
		w.become(StateOpen, "")
	case fault == nil && !ill:
		w.shedding()
	}
}

// help opens a stalled listener anew: that ends an accept that hangs, and a socket that the kernel has forgotten. A loop that takes
// connections, or is busy with one, has no need of it.
func (w *watchdog) help(now time.Time, fault error) {
	every := renewEvery
	if errors.Is(fault, syscall.ECONNREFUSED) {
		every = renewRefused
	}
	l := w.door.listener
	if w.State() == StateStalled && now.Sub(w.grew) >= every && now.Sub(w.renewed) >= every && l.inside.Load() {
		w.renewed = now
		l.renew()
	}
}

// shedding tells full from open.
func (w *watchdog) shedding() {
	switch {
	case !w.well():
	case w.full || w.short():
		w.become(StateShedding, "full")
	default:
		w.become(StateOpen, "")
	}
}
