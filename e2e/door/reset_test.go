package door

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// resets is how many connections are reset in all: some at once, some in the middle of a handshake, some right after a join.
const resets = 50_000

// TestResets resets 50,000 connections at the moments that have ended accept loops elsewhere, while good clients come and go and
// sessions talk: not one good client is refused, no session notices, and descriptors and goroutines come back.
func TestResets(t *testing.T) {
	g := start(t, 0, "--handshakes-per-second=100000") // those reset half-way count, too, and are not to crowd the good out
	s := open(t, g, g.URL, 10)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var kinds []doortest.Nuisance
	for _, n := range doortest.Nuisances {
		if slices.Contains([]string{"RST at once", "RST after half a request", "RST after the request", "RST after a join"}, n.Name) {
			kinds = append(kinds, n)
		}
	}
	if len(kinds) != 4 {
		t.Fatalf("%d kinds of resets", len(kinds))
	}
	var given [4]atomic.Int64
	var left atomic.Int64
	left.Store(resets)
	var failed atomic.Int64
	var bad sync.WaitGroup
	began := time.Now()
	for range 16 {
		bad.Go(func() {
			for {
				n := left.Add(-1)
				if n < 0 || ctx.Err() != nil {
					return
				}
				i := 0 // of ten, seven at once and one of each other kind
				if n%10 > 6 {
					i = int(n % 10 % 3)
					i++
				}
				if life := kinds[i].Annoy(ctx, g.Addr, time.Second); life.Err != nil {
					failed.Add(1)
				}
				given[i].Add(1)
			}
		})
	}
	var outcomes doortest.Outcomes
	var good sync.WaitGroup
	over := make(chan struct{})
	good.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				doortest.Load(t.Context(), g.URL, 50, time.Second, 10*time.Second, &outcomes)
			}
		}
	})
	bad.Wait()
	close(over)
	good.Wait()
	took := time.Since(began)
	for i, n := range kinds {
		t.Logf("%-26s %6d", n.Name, given[i].Load())
	}
	t.Logf("%d resets in %v; %d could not connect; good clients: %v", resets, took.Round(time.Millisecond), failed.Load(), &outcomes)
	fail(t, outcomes.Broken())
	if refused := outcomes.Count(doortest.Refused) + outcomes.Count(doortest.Reset); refused > 0 {
		t.Errorf("%d good clients were refused", refused)
	}
	if failed.Load() > 0 {
		t.Errorf("%d could not connect: the schedule does not test what it should", failed.Load())
	}
	if a := s.close(t); a.Sockets != a.Sessions {
		t.Errorf("%d sockets for %d sessions: some were cut", a.Sockets, a.Sessions)
	}
}
