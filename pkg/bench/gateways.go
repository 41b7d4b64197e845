package bench

import (
	"context"
	"errors"
	"sync"
)

// Gateways are some that were started for a run. Stop ends them.
type Gateways struct {
	// URLs are where clients connect, Ops their ops listeners, in the same order.
	URLs, Ops []string

	all  []*Gateway
	done chan struct{}
	once sync.Once
}

// StartGateways starts n gateways as StartGateway does, one after the other, and returns when all are ready. What they
// share, args have to say.
func StartGateways(ctx context.Context, n int, path string, load Load, args ...string) (*Gateways, error) {
	f := &Gateways{done: make(chan struct{})}
	for range n {
		g, err := StartGateway(ctx, path, load, args...)
		if err != nil {
			return nil, errors.Join(err, f.Stop())
		}
		f.all, f.URLs, f.Ops = append(f.all, g), append(f.URLs, g.URL), append(f.Ops, g.Ops)
		go func() {
			<-g.Done()
			f.once.Do(func() { close(f.done) })
		}()
	}
	return f, nil
}

// Done is closed when one of them has ended.
func (f *Gateways) Done() <-chan struct{} { return f.done }

// Stop ends all of them and returns how those ended that did so badly.
func (f *Gateways) Stop() error {
	errs := make([]error, len(f.all))
	var wg sync.WaitGroup
	for i, g := range f.all {
		wg.Go(func() { errs[i] = g.Stop() })
	}
	wg.Wait()
	return errors.Join(errs...)
}
