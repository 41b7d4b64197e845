package chaos

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// weather is how late this process gets its turn, and how much others use of the machine: one that has too much to do looks
// like one that fails.
type weather struct {
	late   atomic.Int64
	others time.Duration // so far
	asked  time.Time
}

// foul is how much of one processor others may use in a time that is judged.
const foul = 0.3

const weatherEvery = 20 * time.Millisecond

// watchWeather watches until the test ends.
func watchWeather(t *testing.T) *weather {
	w := &weather{}
	ctx, cancel := context.WithCancel(context.Background())
	var under sync.WaitGroup
	under.Go(func() {
		timer := time.NewTimer(weatherEvery)
		defer timer.Stop()
		for due := time.Now().Add(weatherEvery); ; due = time.Now().Add(weatherEvery) {
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			if late := int64(time.Since(due)); late > w.late.Load() {
				w.late.Store(late)
			}
			timer.Reset(weatherEvery)
		}
	})
	t.Cleanup(func() {
		cancel()
		under.Wait()
	})
	return w
}

// begin begins a time of which others will tell.
func (w *weather) begin() {
	w.others, _ = othersTime()
	w.asked = time.Now()
}

// used is how much of one processor others have used since begin; 0 where that is not known.
func (w *weather) used() float64 {
	now, ok := othersTime()
	if !ok {
		return 0
	}
	return max(0, (now-w.others).Seconds()/time.Since(w.asked).Seconds())
}

// worst returns the worst since it was asked last.
func (w *weather) worst() time.Duration { return time.Duration(w.late.Swap(0)) }
