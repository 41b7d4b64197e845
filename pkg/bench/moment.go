package bench

import (
	"context"
	"errors"
	"sync"
	"time"
)

// moment is what everybody has used until one end of the measured time.
type moment struct {
	gateways samples       // nil: not known
	redis    float64       // CPU seconds
	stores   bool          // whether that is known
	own      time.Duration // CPU time of this process
}

// look asks everybody. What cannot be known is an error, beside what can.
func (b *bench) look(ctx context.Context) (*moment, error) {
	m := &moment{own: cpuTime()}
	var failed error
	if len(b.ops) > 0 {
		m.gateways, failed = b.ops.sample(ctx)
	}
	if len(b.stores) > 0 {
		var err error
		m.redis, err = b.stores.cpu(ctx)
		m.stores = err == nil
		failed = errors.Join(failed, err)
	}
	return m, failed
}

// samples are the accounts of all gateways, in the order of Config.Ops.
type samples []sample

// sum is what they used together; zero where there are none.
func (s samples) sum() (all sample) {
	for _, one := range s {
		all.cpu += one.cpu
		all.resident += one.resident
		all.heap += one.heap
		all.stack += one.stack
		all.goroutines += one.goroutines
	}
	return all
}

// fleet are the ops listeners of all gateways.
type fleet []*ops

// sample asks all of them at once; nil where one does not answer.
func (f fleet) sample(ctx context.Context) (samples, error) {
	all, errs := make(samples, len(f)), make([]error, len(f))
	var wg sync.WaitGroup
	for i, o := range f {
		wg.Go(func() {
			if s, err := o.sample(ctx); err != nil {
				errs[i] = err
			} else {
				all[i] = *s
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return all, nil
}
