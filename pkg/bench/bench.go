package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// settleTimeout is how long answers and signals may come after the last was sent.
const settleTimeout = 10 * time.Second

// bench is one run.
type bench struct {
	cfg    Config
	load   Load
	pods   []pod
	ops    fleet  // none: what the load costs is not known
	stores stores // likewise
	meter  meter
	rand   *mathrand.Rand // for what is made before the load begins
	run    string         // in every peer's name, so that runs do not meet

	phase         atomic.Pointer[string]
	crowd         *crowd  // nil: there is none, or not yet
	limited       bool    // the gateway's limit sets the pace
	before, after *moment // around the measured time
	opened        samples // when all sessions were open; Idle alone
}

// Run puts a gateway under load and measures it. When ctx ends early it returns what was measured until then, with
// Result.Interrupted. An error says that the load could not be applied; a Result beside it says how far it came. Broken
// promises are no error: look at Result.Promises.
func Run(ctx context.Context, cfg Config, load Load) (*Result, error) {
	if err := errors.Join(cfg.Validate(), load.Validate()); err != nil {
		return nil, err
	}
	if err := checkDescriptors(load.sockets()); err != nil {
		return nil, fmt.Errorf("%s: %w", load.Name(), err)
	}
	b := &bench{cfg: cfg, load: load, stores: cfg.Redis, run: rand.Text()[:8], rand: mathrand.New(mathrand.NewPCG(cfg.Seed, 0))}
	var err error
	if b.pods, err = podsAt(cfg.URLs, load.ports()); err != nil {
		return nil, fmt.Errorf("%s: %w", load.Name(), err)
	}
	for _, raw := range cfg.Ops {
		o, err := newOps(raw)
		if err != nil {
			return nil, err
		}
		b.ops = append(b.ops, o)
	}
	if _, err = b.look(ctx); err != nil { // before the load is there, not after it was for nothing
		return nil, err
	}
	b.meter.begin = time.Now()
	quiet := b.progress()
	err = load.run(ctx, b)
	quiet()
	if ctx.Err() != nil {
		err = nil // Interrupted says it
	}
	r := b.result()
	r.Interrupted = ctx.Err() != nil
	return r, err
}

// name returns the peer name of the session number i.
func (b *bench) name(i int) wire.PeerID { return wire.PeerID(fmt.Sprintf("bench-%s-%d", b.run, i)) }

// enter names what the run does now, for the progress.
func (b *bench) enter(phase string) { b.phase.Store(&phase) }

// measure waits for the warm-up and then for the measured time, and takes everybody's figures at both ends. ctx ends
// both early.
func (b *bench) measure(ctx context.Context) error {
	b.enter("warm-up")
	if !pause(ctx, b.cfg.WarmUp) {
		return ctx.Err()
	}
	if err := b.beginMeasure(ctx); err != nil {
		return err
	}
	b.enter("measuring")
	pause(ctx, b.cfg.Duration)
	return b.endMeasure(ctx)
}

// beginMeasure begins the measured time.
func (b *bench) beginMeasure(ctx context.Context) (err error) {
	if b.before, err = b.look(ctx); err != nil {
		return err
	}
	b.meter.start()
	return nil
}

// endMeasure ends it. Everybody's figures are taken even when ctx has ended.
func (b *bench) endMeasure(ctx context.Context) (err error) {
	b.meter.stop()
	b.after, err = b.look(context.WithoutCancel(ctx)) // has timeouts of its own
	b.enter("ending")
	return err
}

// pause waits for d, or until ctx ends: false.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
