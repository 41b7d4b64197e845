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

// become changes the state and says so in the log.
func (w *watchdog) become(s State, why string) {
	w.mu.Lock()
	old, since := w.state, w.since
	if old == s || old == StateClosed && w.why == "stopped" {
		w.mu.Unlock()
		return
	}
	w.state, w.since, w.why = s, time.Now(), why
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
func (w *watchdog) close() { w.become(StateClosed, "stopped") }

// ready is nil in the states open and shedding.
func (w *watchdog) ready() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == StateOpen || w.state == StateShedding {
		return nil
	}
	return fmt.Errorf("the door is %s: %s", w.state, w.why)
}

// live fails only where a new process would help: stalled for long although the socket was opened anew.
func (w *watchdog) live() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if for_ := time.Since(w.since); w.state == StateStalled && for_ > deadAfter {
		return fmt.Errorf("the door has been stalled for %v and listening again did not help: %s", for_.Round(time.Second), w.why)
	}
	return nil
}
