package door

import (
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// TestStarved takes descriptors away from a running gateway, which has places for far more connections than it then has
// descriptors: what the bound on connections cannot see. Some get in, the others are told no at once, and probes are answered,
// each on a connection of its own; when there are descriptors again the next client is served.
func TestStarved(t *testing.T) {
	t.Parallel()
	g := start(t, 0)
	s := open(t, g, g.URL, 10)
	relief, err := g.Starve(s.before.Descriptors, 20)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes doortest.Outcomes
	var guests []*websocket.Conn
	for range 20 {
		for _, v := range doortest.Crowd(t.Context(), g.URL, 20, 10*time.Second) {
			outcomes.Add(v)
			if v.Conn != nil {
				guests = append(guests, v.Conn)
			}
		}
		if err := doortest.Wait(t.Context(), 100*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("clients: %v", &outcomes)
	fail(t, outcomes.Broken())
	if err := s.pairs.Advance(t.Context(), 5); err != nil {
		t.Error(err)
	}
	if err := relief(); err != nil {
		t.Fatal(err)
	}
	free := time.Now()
	v := doortest.Knock(t.Context(), g.URL, patience)
	if v.Conn == nil {
		t.Fatalf("%s: %v", v.Outcome, v.Err)
	}
	t.Logf("from there being descriptors to a welcome: %v", time.Since(free))
	leaveAll(t, append(guests, v.Conn))
	s.close(t)
}
