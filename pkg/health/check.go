package health

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// ErrSlow is the failure of a check that did not return within 1 s.
var ErrSlow = errors.New("no answer within 1s")

// errStuck is the failure of a check whose earlier run has not ended: it is not started again, so that a check which
// ignores its context keeps one goroutine and not one a probe.
var errStuck = errors.New("an earlier run has not ended yet")

// check is one registered check.
type check struct {
	name     string
	run      Check
	optional bool
	gauge    prometheus.Gauge
	running  atomic.Bool
}

// once runs the check, bounded by checkTimeout, and sets its gauge.
func (k *check) once(ctx context.Context) error {
	err := k.bounded(ctx)
	if err != nil {
		k.gauge.Set(0)
	} else {
		k.gauge.Set(1)
	}
	return err
}

func (k *check) bounded(ctx context.Context) error {
	if !k.running.CompareAndSwap(false, true) {
		return errStuck
	}
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout, ErrSlow)
	defer cancel()
	result := make(chan error, 1) // buffered: a slow check must be able to end
	go func() {
		err := k.call(ctx)
		k.running.Store(false)
		result <- err
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ErrSlow
	}
}

// call turns a panic of the check into its failure.
func (k *check) call(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return k.run(ctx)
}
