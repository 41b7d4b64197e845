package bench

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// receiver takes the signals of one stream at one session.
type receiver struct {
	bench   *bench
	from    wire.PeerID
	stream  *stream
	number  int  // of the stream, in the stamps
	far     bool // the sender is on another gateway
	welcome atomic.Int64
	// got is told of each signal that came and counts; nil: nobody.
	got func(index int64, at time.Duration)
}

// handle is the session's client.Options.Handle.
func (r *receiver) handle(ev client.Event) {
	m := &r.bench.meter
	switch ev := ev.(type) {
	case client.SignalEvent:
		r.signal(ev)
	case client.Connected:
		if r.welcome.Add(1) > 1 && !ev.Resumed {
			m.ended.Add(1)
			r.stream.excuse()
		}
	case client.Disconnected:
		m.away.Add(1)
	case client.Closed:
		if ev.Code != wire.CloseBye {
			m.ended.Add(1)
			r.stream.excuse()
		}
	case client.Gap:
		m.gaps.Add(1)
	}
}

func (r *receiver) signal(ev client.SignalEvent) {
	m := &r.bench.meter
	number, index, at, ok := readStamp(ev.Data)
	if !ok || number != r.number || ev.From != r.from {
		m.promises.stray.Add(1)
		return
	}
	if !r.stream.came(index) {
		return
	}
	m.events.Add(1)
	now := m.now()
	if m.within(now) {
		m.received.Add(1)
		if r.far {
			m.crossed.Add(1)
		}
	}
	if m.within(at) {
		m.latency.Record(now - at)
	}
	if r.got != nil {
		r.got(index, at)
	}
}

// settle waits until nothing is owed to any receiver, or ctx ends, and judges what is left.
func settle(ctx context.Context, all []*receiver) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, r := range all {
		for r.stream.due() > 0 && ctx.Err() == nil {
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}
	for _, r := range all {
		r.stream.finish()
	}
}
