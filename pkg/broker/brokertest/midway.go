package brokertest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// disturbed returns the fleet for a test that calls Midway: those who use it ask again while the store is away.
func (f *fleet) disturbed() *fleet {
	if f.midway == nil {
		return f
	}
	g := *f
	g.pods = nil
	for _, p := range f.pods {
		g.pods = append(g.pods, &pod{Broker: patient{p.Broker}, recorder: p.recorder})
	}
	return &g
}

// run is the goroutines of a test, in the middle of which something may happen.
type run struct {
	sync.WaitGroup
	middle int64 // the number of that step
	midway func()
	done   atomic.Int64
}

// step counts one of the steps; the goroutine that takes the middle one starts midway.
func (r *run) step() {
	if r.done.Add(1) == r.middle && r.midway != nil {
		r.Go(r.midway)
	}
}

// patient is a Broker that asks again, for at most patience, what a store that is away does not answer. Signals are not sent
// again: that is their sender's business.
type patient struct{ broker.Broker }

// askAgain is how soon.
const askAgain = 5 * time.Millisecond

func again[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; {
		got, err := ask()
		if !errors.Is(err, broker.ErrUnavailable) || time.Now().After(end) {
			return got, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return got, err
		}
	}
}

func againOnly(ctx context.Context, ask func() error) error {
	_, err := again(ctx, func() (struct{}, error) { return struct{}{}, ask() })
	return err
}

func (p patient) Attach(ctx context.Context, req broker.AttachRequest) (broker.Attachment, error) {
	return again(ctx, func() (broker.Attachment, error) { return p.Broker.Attach(ctx, req) })
}

func (p patient) Confirm(ctx context.Context, ref broker.Ref) error {
	return againOnly(ctx, func() error { return p.Broker.Confirm(ctx, ref) })
}

func (p patient) Detach(ctx context.Context, ref broker.Ref) error {
	return againOnly(ctx, func() error { return p.Broker.Detach(ctx, ref) })
}

func (p patient) End(ctx context.Context, ref broker.Ref) error {
	asked := false
	return againOnly(ctx, func() error {
		err := p.Broker.End(ctx, ref)
		if asked && errors.Is(err, broker.ErrFenced) { // it had been done
			return nil
		}
		asked = true
		return err
	})
}

func (p patient) Inbox(ctx context.Context, ref broker.Ref, seq int64, buf []broker.Entry) ([]broker.Entry, error) {
	return again(ctx, func() ([]broker.Entry, error) { return p.Broker.Inbox(ctx, ref, seq, buf) })
}

func (p patient) Ack(ctx context.Context, ref broker.Ref, seq int64) error {
	return againOnly(ctx, func() error { return p.Broker.Ack(ctx, ref, seq) })
}

func (p patient) Join(ctx context.Context, ref broker.Ref, room wire.RoomID, meta json.RawMessage) (broker.Roster, error) {
	return again(ctx, func() (broker.Roster, error) { return p.Broker.Join(ctx, ref, room, meta) })
}

func (p patient) Leave(ctx context.Context, ref broker.Ref, room wire.RoomID) error {
	return againOnly(ctx, func() error { return p.Broker.Leave(ctx, ref, room) })
}

func (p patient) Roster(ctx context.Context, ref broker.Ref, room wire.RoomID) (broker.Roster, error) {
	return again(ctx, func() (broker.Roster, error) { return p.Broker.Roster(ctx, ref, room) })
}
