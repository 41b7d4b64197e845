package drain

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// lastChance is how long a step is waited for after its context has ended: a step that heeds its context returns the
// moment it ends, and must not be called late for that moment.
const lastChance = 100 * time.Millisecond

// step is one thing to stop.
type step struct {
	name  string
	bound time.Duration
	stop  func(context.Context) error
}

// run runs the step inside its bound and logs its duration. The error begins with the step's name.
func (s step) run(ctx context.Context, logger *slog.Logger) error {
	if s.bound > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.bound)
		defer cancel()
	}
	begin := time.Now()
	err := s.wait(ctx)
	took := time.Since(begin)
	if err != nil {
		logger.Warn("stop step failed", "step", s.name, "took", took, "error", err)
		return fmt.Errorf("%s: %w", s.name, err)
	}
	logger.Info("stop step done", "step", s.name, "took", took)
	return nil
}

// wait calls stop and waits until it returns, or until lastChance after its context ended.
func (s step) wait(ctx context.Context) error {
	result := make(chan error, 1) // buffered: a late step must be able to end
	go func() { result <- s.call(ctx) }()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(lastChance)
	defer timer.Stop()
	select {
	case err := <-result:
		return err
	case <-timer.C:
		return ErrLate
	}
}

// call turns a panic of the step into its error: the steps below it must still run.
func (s step) call(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.stop(ctx)
}
