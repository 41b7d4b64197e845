package door

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// TestCrowded takes all places, and those for being told no too, with sockets that say nothing. Being full is not being
// stalled: the gateway stays ready, and its sessions go on.
func TestCrowded(t *testing.T) {
	t.Parallel()
	g := start(t, 256)
	s := open(t, g, g.URL, 20)
	var guests []*websocket.Conn
	for _, v := range doortest.Crowd(t.Context(), g.URL, 160, 10*time.Second) {
		if v.Conn != nil {
			guests = append(guests, v.Conn)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var lives doortest.Lives
	var outcomes doortest.Outcomes
	var bad sync.WaitGroup
	bad.Go(func() { lives.Horde(ctx, doortest.Nuisances[1], g.Addr, 200, 3*time.Second) })
	doortest.Load(t.Context(), g.URL, 20, 5*time.Second, 10*time.Second, &outcomes)
	stop()
	bad.Wait()
	t.Logf("clients: %v", &outcomes)
	t.Logf("bad clients:\n%s", &lives)
	fail(t, lives.Broken())
	fail(t, outcomes.Broken())
	leaveAll(t, guests)
	s.close(t)
}
