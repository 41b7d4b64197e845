package cli

import (
	"cmp"
	"context"
	"errors"
	"os"

	"github.com/aldis-rtc/aldis/pkg/bench"
)

// start starts the gateways of a run.
func (f *benchFlags) start(ctx context.Context, load bench.Load) (*bench.Gateways, error) {
	path := f.gateway
	if path == "" {
		var err error
		if path, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	return bench.StartGateways(ctx, f.pods, path, load, f.serve...)
}

// watch calls cancel when one of the gateways ends. The function that it returns stops them and says how that one ended.
func watch(g *bench.Gateways, cancel func()) func() error {
	stopped, watched := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-g.Done():
			cancel()
			watched <- true
		case <-stopped:
			watched <- false
		}
	}()
	return func() error {
		close(stopped)
		byItself := <-watched
		err := g.Stop()
		if byItself {
			return cmp.Or(err, errors.New("gateway: it ended before the run"))
		}
		return err
	}
}
