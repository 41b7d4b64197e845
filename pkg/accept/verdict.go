package accept

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// State returns where the door stands.
func (w *watchdog) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// well reports whether the door is open or shedding, as far as is known.
func (w *watchdog) well() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.ill()
}

// become changes the state and says so in the log.
func (w *watchdog) become(s State, why string) {
	w.mu.Lock()
	old, since := w.state, w.since
	if old == s || old == StateClosed && w.why == "stopped" {
		w.mu.Unlock()
		return
	}
	w.state, w.since, w.why = s, time.Now(), why
	switch {
	case !w.ill():
		w.down, w.dead = time.Time{}, false
	case w.down.IsZero():
		w.down = w.since
	}
	w.mu.Unlock()
	d := w.door
	level := slog.LevelInfo
	if s == StateStalled || s == StateReopening || s == StateShedding {
		level = slog.LevelWarn
	}
	d.log.Log(context.Background(), level, "accept: "+string(s), "was", string(old), "for", time.Since(since).Round(time.Millisecond), "why", why,
		"connections", d.places.used.Load(), "limit", d.places.limit, "descriptors_limit", Descriptors())
}

// close is the last state.
func (w *watchdog) close() {
	w.become(StateClosed, "stopped")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.why = "stopped" // also where it had not been open yet
}

// ill reports whether the door is not what it should be. It needs mu.
func (w *watchdog) ill() bool { return w.state == StateStalled || w.state == StateReopening }

// ready is nil in the states open and shedding.
func (w *watchdog) ready() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == StateOpen || w.state == StateShedding {
		return nil
	}
	return fmt.Errorf("the door is %s: %s", w.state, w.why)
}

// live fails only where a new process would help: for deadAfter nothing was taken, although the door was dialed all that
// time and its socket opened anew.
func (w *watchdog) live() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return fmt.Errorf("the door has been %s for %v and listening again did not help: %s", w.state, time.Since(w.down).Round(time.Second), w.why)
	}
	return nil
}
