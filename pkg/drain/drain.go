// Package drain is the order of leaving: named stop steps, run last in first out, each bounded and the whole bounded,
// and the schedule by which sessions are told to go.
package drain

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Order collects stop steps while a process starts and runs them, the last added first, when it leaves. What is
// started later stands on what was started earlier, so it goes first. The zero value is ready for use; it must not be
// copied.
type Order struct {
	// Limit bounds the whole Run: 25 s where it is zero or less. A deadline of Run's context that is earlier wins.
	Limit time.Duration
	// Logger takes one line a step, with its duration; nil means slog.Default.
	Logger *slog.Logger

	mu    sync.Mutex
	steps []step
	done  chan struct{} // made by the first Run, closed when its steps are over
	err   error         // of the first Run; read after done is closed
}

// defaultLimit is shorter than the 30 s that Kubernetes gives a pod (terminationGracePeriodSeconds).
const defaultLimit = 25 * time.Second

// ErrLate is what a step is charged with that had not returned when its bound ended. It matches
// context.DeadlineExceeded too.
var ErrLate error = late{}

type late struct{}

func (late) Error() string        { return "did not finish in time" }
func (late) Is(target error) bool { return target == context.DeadlineExceeded }

// Add puts a step on top: it runs before all that were added earlier. Its context ends after bound, or with the whole
// when bound is zero or less or does not fit into what is left. A step that does not return then is left behind with
// its goroutine and counts as ErrLate. Add reports whether the step was taken: it is not once Run has begun, and the
// caller stops what it started itself.
func (o *Order) Add(name string, bound time.Duration, stop func(context.Context) error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done != nil {
		return false
	}
	o.steps = append(o.steps, step{name: name, bound: bound, stop: stop})
	return true
}

// Run runs the steps, one after the other, and returns their errors joined, each behind the name of its step. A step
// that fails does not keep the others from running. Steps that come after the deadline still run, with an ended
// context and lastChance each, so that what can be let go by force is let go.
//
// Only the first Run does the work: another one, at the same time or later, waits for it and returns its error, or
// the cause of its own context where that ends first.
func (o *Order) Run(ctx context.Context) error {
	o.mu.Lock()
	if o.done != nil {
		o.mu.Unlock()
		select {
		case <-o.done:
			return o.err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	o.done = make(chan struct{})
	steps := o.steps
	o.steps = nil
	o.mu.Unlock()
	defer close(o.done)

	limit, logger := o.Limit, o.Logger
	if limit <= 0 {
		limit = defaultLimit
	}
	if logger == nil {
		logger = slog.Default()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	var errs []error
	for i := len(steps) - 1; i >= 0; i-- {
		if err := steps[i].run(ctx, logger); err != nil {
			errs = append(errs, err)
		}
	}
	o.err = errors.Join(errs...)
	return o.err
}
