package accept

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLivenessNeedsProof: while the loop takes connections, or nobody can dial, a door may be unready and never dead.
func TestLivenessNeedsProof(t *testing.T) {
	t.Run("taking connections", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w, s := scripted(t)
			s.set(func(int) (time.Duration, error) {
				_ = w.connect("192.0.2.1:1000").Close()
				return 0, errors.New("no echo")
			})
			r.ready(false, 10*time.Second)
			time.Sleep(3 * deadAfter)
			if err := r.Live(t.Context()); err != nil || r.Ready(t.Context()) == nil {
				t.Errorf("live %v, ready %v", err, r.Ready(t.Context()))
			}
			if n := len(w.listened()); n != 1 {
				t.Errorf("listened %d times: that costs those who wait their connection", n)
			}
			s.always(nil)
			r.ready(true, 5*time.Second)
		})
	})
	t.Run("no resources to dial", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, _, s := scripted(t)
			s.always(errCannotDial)
			time.Sleep(3 * deadAfter)
			if r.Ready(t.Context()) != nil || r.Live(t.Context()) != nil {
				t.Errorf("ready %v, live %v", r.Ready(t.Context()), r.Live(t.Context()))
			}
			if s.always(errors.New("no echo")); r.ready(false, 2*time.Second) == 0 {
				t.Error("at once")
			}
			s.always(errCannotDial) // what was the matter is over, as far as can be seen
			r.ready(true, 2*time.Second)
		})
	})
	t.Run("never could dial", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := open(t, Config{}, func(r *rig) {
				newWorld(r)
				r.watchdog.dial = func(context.Context, time.Duration) error { return errors.New("intercepted") }
			})
			r.ready(true, time.Second)
			time.Sleep(3 * deadAfter)
			if r.Ready(t.Context()) != nil || r.Live(t.Context()) != nil {
				t.Errorf("ready %v, live %v", r.Ready(t.Context()), r.Live(t.Context()))
			}
		})
	})
}

// TestBusyMachine: echoes that are late while the loop takes connections are the machine's doing, up to a point.
func TestBusyMachine(t *testing.T) {
	for _, tt := range []struct {
		echo  time.Duration
		ready bool
	}{{300 * time.Millisecond, true}, {700 * time.Millisecond, true}, {1500 * time.Millisecond, true}, {3 * time.Second, false}} {
		t.Run(tt.echo.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w, s := scripted(t)
				s.set(func(int) (time.Duration, error) {
					_ = w.connect("192.0.2.1:1000").Close()
					return tt.echo, nil
				})
				ready := true
				for range 600 {
					time.Sleep(100 * time.Millisecond)
					ready = ready && r.Ready(t.Context()) == nil
				}
				if ready != tt.ready {
					t.Errorf("ready all the time: %v", ready)
				}
				s.always(nil)
				r.ready(true, 5*time.Second)
			})
		})
	}
}

// TestStopBeforeRun: a watchdog that was closed does not come back.
func TestStopBeforeRun(t *testing.T) {
	w := newWatchdog(&Door{log: discarded, places: newSlots(1)})
	w.close()
	w.become(StateOpen, "")
	if w.State() != StateClosed || w.ready() == nil {
		t.Error(w.State())
	}
}
