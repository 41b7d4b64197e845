package door

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// TestFull brings 400 clients to a gateway that may have 256 descriptors: some get in, each of the others is told no or reset,
// and those that were there notice nothing.
func TestFull(t *testing.T) {
	g := start(t, 256)
	s := open(t, g, g.URL, 20)
	var outcomes doortest.Outcomes
	var guests []*websocket.Conn
	for _, v := range doortest.Crowd(t.Context(), g.URL, 400, 10*time.Second) {
		outcomes.Add(v)
		if v.Conn != nil {
			guests = append(guests, v.Conn)
		}
		if v.Outcome != doortest.Welcomed && v.Took > 2*time.Second {
			t.Errorf("%s after %v: a client waits at most 2 s", v.Outcome, v.Took)
		}
	}
	t.Logf("400 clients: %v", &outcomes)
	fail(t, outcomes.Broken())
	// 256 less the 96 that are not for connections, less the 40 that talk; a self-dial may have had one.
	if n := len(guests); n < 118 || n > 120 {
		t.Errorf("%d have a place, want 120", n)
	}
	if err := s.pairs.Advance(t.Context(), 10); err != nil {
		t.Error(err)
	}
	guests = freed(t, g, guests)
	leaveAll(t, guests)
	a := s.close(t)
	if a.Sockets != a.Sessions {
		t.Errorf("%d sockets for %d sessions: some were cut", a.Sockets, a.Sessions)
	}
	if a.Gap > 2*time.Second {
		t.Errorf("a session got nothing for %v", a.Gap)
	}
}

// freed measures how soon after one has left another has its place, of a gateway that is full.
func freed(t *testing.T, g *doortest.Gateway, guests []*websocket.Conn) []*websocket.Conn {
	t.Helper()
	var times []time.Duration
	for range 10 {
		if err := doortest.Leave(t.Context(), guests[0]); err != nil {
			t.Fatal(err)
		}
		guests = guests[1:]
		left := time.Now()
		for {
			v := doortest.Knock(t.Context(), g.URL, 5*time.Second)
			if !v.Outcome.Clear() {
				t.Fatalf("%s: %v", v.Outcome, v.Err)
			}
			if v.Conn != nil {
				times = append(times, time.Since(left))
				guests = append(guests, v.Conn)
				break
			}
			if time.Since(left) > patience {
				t.Fatalf("no welcome %v after one left", time.Since(left))
			}
		}
	}
	t.Logf("from one's leaving to the next one's welcome: %v", times)
	// Other programs have this machine too: the median says what the gateway does, the longest that nobody waits for a timer.
	slices.Sort(times)
	if times[len(times)/2] > 100*time.Millisecond || times[len(times)-1] > 2*time.Second {
		t.Errorf("the median is above 100ms, or the longest above 2s: %v", times)
	}
	return guests
}

func leaveAll(t *testing.T, conns []*websocket.Conn) {
	t.Helper()
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() {
			if err := doortest.Leave(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
