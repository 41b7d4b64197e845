package bench

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aldis-rtc/aldis/pkg/client"
)

// Idle opens sessions and lets them be: what does a connection cost that does nothing?
type Idle struct {
	// Connections is how many.
	Connections int `json:"connections"`
}

// idleWarmUp is how many sessions come and go first, so that what a gateway needs once is not charged to the others.
const idleWarmUp = 100

// Name is "idle".
func (Idle) Name() string { return "idle" }

// Validate names the first field that cannot be.
func (l Idle) Validate() error { return checkCount("connections", l.Connections, 1, 1_000_000) }

func (l Idle) sockets() int { return l.Connections }
func (l Idle) ports() int   { return l.Connections }

func (l Idle) environ() []string {
	return []string{"ALDIS_SESSIONS=" + strconv.Itoa(max(200_000, 2*l.Connections))}
}

func (Idle) unit() string { return "sessions" }

func (l Idle) describe() string { return fmt.Sprintf("%d connections", l.Connections) }

func (l Idle) run(ctx context.Context, b *bench) error {
	b.enter("warm-up")
	warm, err := b.open(ctx, min(idleWarmUp, l.Connections), false, func(int) client.Options { return b.options() })
	warm.close(ctx)
	if err != nil {
		return err
	}
	if err := b.beginMeasure(ctx); err != nil {
		return err
	}
	b.enter("opening")
	all, err := b.open(ctx, l.Connections, true, func(int) client.Options {
		o, r := b.options(), &receiver{bench: b, stream: newStream(&b.meter.promises)}
		o.Handle = r.handle // nothing is sent: a signal would be a stray one
		return o
	})
	defer all.close(ctx)
	b.crowd = all
	if len(b.ops) > 0 && err == nil {
		b.opened, err = b.ops.sample(ctx)
	}
	if err == nil {
		b.enter("holding")
		pause(ctx, b.cfg.Duration)
	}
	if measureErr := b.endMeasure(ctx); err == nil {
		err = measureErr
	}
	return err
}

func (l Idle) report(b *bench, r *Result) {
	s, n := r.Gateway, float64(b.meter.opened.Load())
	if s == nil || n == 0 {
		return
	}
	before, after := b.before.gateways.sum(), b.after.gateways.sum()
	s.BytesPerConnection = new((after.resident - before.resident) / n)
	s.HeapBytesPerConnection = new((after.heap - before.heap) / n)
	s.StackBytesPerConnection = new((after.stack - before.stack) / n)
	s.GoroutinesPerConnection = new((after.goroutines - before.goroutines) / n)
	if b.opened != nil {
		s.CPUPerHandshake = new((b.opened.sum().cpu - before.cpu) * 1e6 / n)
	}
}
