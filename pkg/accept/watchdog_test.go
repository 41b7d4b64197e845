package accept

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// script is what self-dials find: the nth since it was set how long it takes, at most its patience, and the error.
type script struct {
	mu   sync.Mutex
	n    int
	next func(n int) (time.Duration, error)
}

func (s *script) dial(_ context.Context, patience time.Duration) error {
	s.mu.Lock()
	s.n++
	n, next := s.n, s.next
	s.mu.Unlock()
	took, err := next(n)
	time.Sleep(min(took, patience))
	if took > patience {
		err = context.DeadlineExceeded
	}
	return err
}

func (s *script) set(next func(n int) (time.Duration, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n, s.next = 0, next
}

// always has every dial find the same.
func (s *script) always(err error) {
	s.set(func(int) (time.Duration, error) { return 0, err })
}

func (s *script) dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func scripted(t *testing.T) (*rig, *world, *script) {
	var w *world
	s := new(script)
	s.always(nil)
	r := open(t, Config{}, func(r *rig) {
		w = newWorld(r)
		r.watchdog.dial = s.dial
	})
	time.Sleep(2*dialEvery + time.Millisecond) // beside the ticks
	synctest.Wait()
	if r.watchdog.State() != StateOpen || s.dials() < 2 || s.dials() > 3 {
		t.Fatalf("%s after %d dials in 2 s", r.watchdog.State(), s.dials())
	}
	return r, w, s
}

// TestHysteresis: three misses close the readiness within 2 s, two hits open it, and one of either does nothing.
func TestHysteresis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, s := scripted(t)
		miss := errors.New("no echo")
		for range 3 { // again and again: two misses, then hits
			s.set(func(n int) (time.Duration, error) {
				if n < missesMost {
					return 0, miss
				}
				return 0, nil
			})
			time.Sleep(3 * time.Second)
			if r.watchdog.State() != StateOpen || s.dials() < missesMost {
				t.Fatalf("%s after two misses, %d dials", r.watchdog.State(), s.dials())
			}
		}
		s.always(miss)
		took := r.ready(false, 2*time.Second)
		t.Logf("unready %v after the door broke", took)
		if r.watchdog.State() != StateStalled || s.dials() != missesMost {
			t.Errorf("%s after %d dials", r.watchdog.State(), s.dials())
		}
		s.set(func(n int) (time.Duration, error) { // one hit between misses is not enough
			if n%2 == 1 {
				return 0, nil
			}
			return 0, miss
		})
		time.Sleep(3 * time.Second)
		if r.Ready(t.Context()) == nil || s.dials() < 10 {
			t.Errorf("ready after single hits, %d dials", s.dials())
		}
		s.always(miss)
		time.Sleep(time.Second)
		s.always(nil)
		took = r.ready(true, time.Second)
		t.Logf("ready %v after it worked again", took)
		if s.dials() != hitsLeast {
			t.Errorf("%d dials", s.dials())
		}
	})
}

// TestHangingAccept has accept hang until its socket is closed: liveness holds, and the watchdog opens the socket anew.
func TestHangingAccept(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("also afterwards: %v", again), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w, s := scripted(t)
				deaf := listenFunc(func(context.Context, string) (net.Listener, error) {
					return &memoryListener{world: &world{}, closed: make(chan struct{})}, nil // nothing ever comes
				})
				s.always(context.DeadlineExceeded)
				began := time.Now()
				r.ready(false, 2*time.Second)
				if !again {
					w.listen.Store(nil)
					before := len(w.listened())
					eventually(t, renewEvery+time.Second, "listened again", func() bool { return len(w.listened()) > before })
					s.always(nil)
					r.ready(true, time.Second)
					t.Logf("ready %v after it hung", time.Since(began))
					if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
						t.Errorf("%v, %v", a, err)
					}
					return
				}
				w.listen.Store(&deaf)
				time.Sleep(deadAfter - time.Second)
				if err := r.Live(t.Context()); err != nil {
					t.Errorf("dead after %v: %v", time.Since(began), err)
				}
				time.Sleep(4 * time.Second)
				if r.Live(t.Context()) == nil {
					t.Errorf("alive after %v", time.Since(began))
				}
				if n := len(w.listened()); n < 5 || n > 8 {
					t.Errorf("listened %d times in %v", n, time.Since(began))
				}
				w.listen.Store(nil)
				s.always(nil)
				r.ready(true, time.Second)
				if err := r.Live(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestRefusedDial: a socket that the kernel has forgotten, which the loop cannot see, is opened anew as soon as the door is stalled.
func TestRefusedDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w, s := scripted(t)
		s.always(fmt.Errorf("dial: %w", syscall.ECONNREFUSED))
		took := eventually(t, 3*time.Second, "listened again", func() bool { return len(w.listened()) > 1 })
		if r.Ready(t.Context()) == nil {
			t.Error("ready")
		}
		t.Logf("opened anew after %v", took)
	})
}
