package door

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// TestFrozen stops the process for 3 s, as a paused container or a machine without time is.
func TestFrozen(t *testing.T) {
	t.Parallel()
	g := start(t, 0)
	s := open(t, g, g.URL, 5)
	s.probes.Excuse(true)
	if err := g.Freeze(t.Context(), 3*time.Second); err != nil {
		t.Fatal(err)
	}
	went := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for {
		status, body, err := g.Probe(ctx, "/readyz")
		if err == nil && status == http.StatusOK {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("not ready after 2 s: %d %s %v", status, body, err)
		}
	}
	t.Logf("ready %v after it went on", time.Since(went).Round(time.Millisecond))
	v := doortest.Knock(ctx, g.URL, patience)
	if v.Conn == nil {
		t.Fatalf("%s: %v", v.Outcome, v.Err)
	}
	t.Logf("a new client's welcome after %v", v.Took.Round(time.Millisecond))
	if err := doortest.Leave(t.Context(), v.Conn); err != nil {
		t.Error(err)
	}
	s.probes.Excuse(false)
	if err := s.pairs.Advance(t.Context(), 5); err != nil {
		t.Error(err)
	}
	a := s.close(t)
	if a.Sockets != a.Sessions {
		t.Errorf("%d sockets for %d sessions: some were cut", a.Sockets, a.Sessions)
	}
}
