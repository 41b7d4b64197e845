package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Churn is peers that come and go. A cycle is: connect, hello, join, one signal to oneself, leave, bye.
type Churn struct {
	// Rate is cycles a second; 0: saturation, Workers cycles are always under way.
	Rate float64 `json:"rate"`
	// Workers is how many cycles may be under way at once. Where all are, the next begin late, and their time counts from
	// when they were due.
	Workers int `json:"workers"`
}

// Bounds of a cycle, and how many rooms the cycles share.
const (
	cycleTimeout = 20 * time.Second
	churnRooms   = 100
	failurePause = 100 * time.Millisecond // of a worker: nobody is helped by a storm
)

// timeWait is how long a port of a closed socket may not be used again (Linux: TCP_TIMEWAIT_LEN).
const timeWait = 60

// Name is "churn".
func (Churn) Name() string { return "churn" }

// Validate names the first field that cannot be.
func (l Churn) Validate() error {
	return errors.Join(checkRate("rate", l.Rate, true), checkCount("workers", l.Workers, 1, 10_000))
}

func (l Churn) sockets() int    { return l.Workers }
func (Churn) environ() []string { return nil }
func (Churn) unit() string      { return "cycles" }

func (l Churn) describe() string {
	if l.Rate == 0 {
		return fmt.Sprintf("%d at once", l.Workers)
	}
	return fmt.Sprintf("%g cycles/s", l.Rate)
}

// ports counts those in TIME-WAIT too. At saturation a rate is assumed that one machine does not exceed.
func (l Churn) ports() int {
	rate := l.Rate
	if rate == 0 {
		rate = 5000
	}
	return l.Workers + int(min(rate, 50_000)*timeWait)
}

func (l Churn) run(ctx context.Context, b *bench) error {
	load, stop := context.WithCancel(ctx)
	defer stop()
	var every time.Duration
	if l.Rate > 0 {
		every = interval(l.Rate)
	}
	begin := b.meter.now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range l.Workers {
		wg.Go(func() {
			for {
				k := next.Add(1) - 1
				due := b.meter.now()
				if every > 0 {
					due = begin + time.Duration(k)*every
				}
				if !pause(load, due-b.meter.now()) || !l.cycle(ctx, b, int(k), due) && !pause(load, failurePause) {
					return
				}
			}
		})
	}
	err := b.measure(ctx)
	stop()
	wg.Wait()
	if failures, n := b.meter.failures.read(); err == nil && n > 0 && b.meter.opened.Load() == 0 {
		err = fmt.Errorf("no session was opened: %v", failures)
	}
	return err
}

// cycle is one session's life; it goes on after ctx. Each failure is counted by its step and code; it
// reports whether there was none.
func (l Churn) cycle(ctx context.Context, b *bench, k int, due time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cycleTimeout)
	defer cancel()
	m := &b.meter
	counted := m.within(due)
	if counted {
		m.sent.Add(1)
		if l.Rate > 0 {
			m.lag.Record(m.now() - due)
		}
	}
	r := &receiver{bench: b, from: b.name(k), number: k, stream: newStream(&m.promises)}
	arrived := make(chan struct{}, 1)
	r.got = func(int64, time.Duration) { arrived <- struct{}{} } // stream lets one through
	o := b.options()
	o.Peer, o.Handle, o.MaxAttempts = b.name(k), r.handle, 1
	c, err := b.connect(ctx, k, counted, o)
	if err != nil {
		m.failures.add(failureOf(err))
		return false
	}
	err = l.visit(ctx, b, c, r, arrived, k)
	if closeErr := c.Close(ctx); err == nil && closeErr != nil {
		err = step("bye", closeErr)
	}
	<-c.Done()
	r.stream.finish()
	if err != nil {
		m.failures.add(err.Error())
		return false
	}
	if now := m.now(); counted {
		m.finished.Add(1)
		m.cycle.Record(now - due)
	}
	return true
}

// visit is what a session does between welcome and bye. The error is a short name.
func (l Churn) visit(ctx context.Context, b *bench, c *client.Client, r *receiver, arrived <-chan struct{}, k int) error {
	room := wire.RoomID(fmt.Sprintf("bench-%s-r%d", b.run, k%churnRooms))
	if _, err := c.Join(ctx, room, nil); err != nil {
		return step("join", err)
	}
	index := r.stream.next()
	data := append(appendStamp(nil, k, index, b.meter.now()), "]}"...)
	_, err := c.Signal(ctx, client.Signal{To: b.name(k), Data: data})
	if err != nil {
		o := unknown
		if e := (*client.Error)(nil); errors.As(err, &e) {
			o = refused
		}
		r.stream.answered(index, o)
		return step("signal", err)
	}
	r.stream.answered(index, acked)
	select {
	case <-arrived:
	case <-c.Done():
		return step("signal", c.Err())
	case <-ctx.Done():
		return step("signal", ctx.Err())
	}
	if err := c.Leave(ctx, room); err != nil {
		return step("leave", err)
	}
	return nil
}

// step names where and why a cycle failed.
func step(name string, err error) error { return errors.New(name + ": " + failureOf(err)) }

func (l Churn) report(b *bench, r *Result) {
	m := &b.meter
	r.Cycles = &CycleFigures{Started: m.sent.Load(), Finished: m.finished.Load(),
		Time: m.cycle.Percentiles(), Lag: m.lag.Percentiles()}
	if s := r.Seconds; s > 0 {
		r.Cycles.PerSecond = float64(r.Cycles.Finished) / s
		r.Cycles.HandshakesPerSecond = float64(m.opened.Load()) / s
	}
	r.Cycles.Signal = m.latency.Percentiles()
	for _, c := range r.costs() {
		c.CPUPerCycle = c.per(r.Cycles.Finished)
	}
}
