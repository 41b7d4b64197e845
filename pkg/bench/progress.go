package bench

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// progress tells Config.Progress each second how the run goes, until the function that it returns is called, which waits
// for the last line.
func (b *bench) progress() (stop func()) {
	b.enter("starting")
	if b.cfg.Progress == nil {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for before := int64(0); ; {
			select {
			case <-tick.C:
				now := b.meter.events.Load()
				b.cfg.Progress(b.line(now - before))
				before = now
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

// line is one line of progress; events happened in the last second.
func (b *bench) line(events int64) string {
	m := &b.meter
	var s strings.Builder
	fmt.Fprintf(&s, "%-9s %3.0fs", *b.phase.Load(), m.now().Seconds())
	_, failed := m.failures.read()
	fmt.Fprintf(&s, "  %s sessions opened", number(m.opened.Load()))
	if failed > 0 {
		fmt.Fprintf(&s, ", %s failed", number(failed))
	}
	if events > 0 {
		fmt.Fprintf(&s, "  %s %s/s", number(events), b.load.unit())
	}
	if m.latency.Count() > 0 {
		fmt.Fprintf(&s, "  p50 %s  p99 %s", ms(millis(m.latency.Quantile(0.5))), ms(millis(m.latency.Quantile(0.99))))
	}
	if p := m.promises.read(); !p.Kept() {
		fmt.Fprintf(&s, "  %s", p)
	}
	return s.String()
}
