package door

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// TestNuisances holds 500 slowloris sockets and a few dozen of every other kind of bad client against 200 good clients
// a second, with the settings as they are by default.
func TestNuisances(t *testing.T) {
	g := start(t, 0)
	s := open(t, g, g.URL, 10)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var lives doortest.Lives
	var bad, patient sync.WaitGroup
	const slack = 3 * time.Second
	const span = 10 * time.Second
	bad.Go(func() { lives.Horde(ctx, doortest.Slow, g.Addr, 500, slack) })
	for _, n := range doortest.Nuisances[1:] {
		if n.Lasts(span / 2) {
			patient.Go(func() { lives.Once(t.Context(), n, g.Addr, 10, slack) })
		} else {
			bad.Go(func() { lives.Horde(ctx, n, g.Addr, 10, slack) })
		}
	}
	var outcomes doortest.Outcomes
	began := time.Now()
	due := doortest.Load(t.Context(), g.URL, 200, span, 10*time.Second, &outcomes)
	t.Logf("%d handshakes in %v: %v", due, time.Since(began).Round(time.Millisecond), &outcomes)
	stop()
	bad.Wait()
	patient.Wait()
	t.Logf("bad clients:\n%s", &lives)
	fail(t, lives.Broken())
	fail(t, outcomes.Broken())
	if n := outcomes.Count(doortest.Welcomed); n != due {
		t.Errorf("%d of %d were welcomed: there were places for all", n, due)
	}
	if due != 200*int(span/time.Second) {
		t.Errorf("%d came", due)
	}
	a := s.close(t)
	if a.Sockets != a.Sessions {
		t.Errorf("%d sockets for %d sessions: some were cut", a.Sockets, a.Sessions)
	}
}
