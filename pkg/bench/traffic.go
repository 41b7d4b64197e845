package bench

import (
	"context"
	"sync"
	"time"
)

// traffic runs senders through the warm-up and the measured time, waits for what is under way, and judges the streams.
// ctx ends it early, but not before what is under way has come or settleTimeout is over.
func (b *bench) traffic(ctx context.Context, senders []*sender, receivers []*receiver) error {
	load, stop := context.WithCancel(ctx)
	defer stop()
	settled, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var wg sync.WaitGroup
	for _, s := range senders {
		wg.Go(func() { s.run(load, settled) })
	}
	err := b.measure(ctx)
	stop()
	late := time.AfterFunc(settleTimeout, cancel)
	defer late.Stop()
	wg.Wait()
	settle(settled, receivers)
	return err
}
