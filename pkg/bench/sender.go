package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
)

// Shares of a session's limit: what a rate that is asked for may use, and what is used where none is. The rest is for
// the clocks of two machines.
const (
	limitAsked = 0.95
	limitTaken = 0.9
)

// noLimit is the limit above which a session's signals a second are not its gateway's concern.
const noLimit = 1e5

// pace returns the time between two signals of a session; 0: as fast as they are answered. limit is what the gateway
// allows, limited tells that it set the pace.
func pace(rate, limit float64) (every time.Duration, limited bool, err error) {
	switch {
	case rate == 0 && (limit == 0 || limit >= noLimit):
		return 0, false, nil
	case rate == 0:
		return interval(limit * limitTaken), true, nil
	case limit > 0 && rate > limit*limitAsked:
		return 0, false, fmt.Errorf("rate: %.1f signals/s for each session are above the gateway's limit of %g; spread them over more sessions",
			rate, limit)
	}
	return interval(rate), false, nil
}

// interval is the time between two events of a rate, a second.
func interval(rate float64) time.Duration { return time.Duration(float64(time.Second) / rate) }

// sender posts signals of one session at a pace and hears their answers.
type sender struct {
	bench  *bench
	client *client.Client
	every  time.Duration // 0: whenever less than window are unanswered
	offset time.Duration // of the first
	window int

	// signal returns the next signal to send, and its index.
	signal func(at time.Duration) (client.Signal, int64)
	// answered is told what became of it.
	answered func(index int64, at time.Duration, ack client.Ack, o outcome)
}

// flight is a signal on its way.
type flight struct {
	posted *client.Posted // nil: it was the last
	index  int64
	at     time.Duration // since when, by the schedule where there is one
}

// run sends until ctx ends and returns when all is answered, or settled ends. A signal's time counts from when it was
// due, where the one before was sent too late for it: a gateway that stalls makes those that follow late too (no
// coordinated omission).
func (s *sender) run(ctx, settled context.Context) {
	flights := make(chan flight, s.window)
	slots := make(chan struct{}, s.window)
	var wg sync.WaitGroup
	wg.Go(func() {
		for f := <-flights; f.posted != nil; f = <-flights {
			s.hear(settled, f)
			<-slots
		}
	})
	defer wg.Wait()
	m := &s.bench.meter
	timer := time.NewTimer(0)
	defer timer.Stop()
	begin := m.now() + s.offset
	for n := int64(0); ; n++ {
		due := begin + time.Duration(n)*s.every
		at := due
		if wait := due - m.now(); s.every > 0 && wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			at = m.now() // that a timer is late is not the gateway's doing
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		if now := m.now(); s.every == 0 {
			at = now
		} else if m.within(due) {
			m.lag.Record(now - due)
		}
		if !s.post(at, flights) {
			break
		}
	}
	flights <- flight{}
}

// post sends one signal; false: the session has ended.
func (s *sender) post(at time.Duration, flights chan<- flight) bool {
	m := &s.bench.meter
	sig, index := s.signal(at)
	if m.within(at) {
		m.sent.Add(1)
	}
	p, err := s.client.Post(sig)
	if err != nil {
		m.refused.add(failureOf(err))
		s.answered(index, at, client.Ack{}, refused)
		return false
	}
	flights <- flight{p, index, at}
	return true
}

// hear waits for the answer to one signal.
func (s *sender) hear(ctx context.Context, f flight) {
	m := &s.bench.meter
	ack, err := f.posted.Wait(ctx)
	o := acked
	if err == nil {
		if m.within(f.at) {
			m.ack.Record(m.now() - f.at)
		}
	} else {
		o = unknown
		name := "unanswered"
		if e := (*client.Error)(nil); errors.As(err, &e) {
			o, name = refused, string(e.Code)
		}
		m.refused.add(name)
	}
	s.answered(f.index, f.at, ack, o)
}
