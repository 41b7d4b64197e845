package chaos

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// switches notes when the Sentinels name another master. On a machine that stands still for a second they do so unasked, and
// what is lost then is lost like what the test made them lose.
type switches struct {
	mu sync.Mutex
	at []time.Time
}

// watchSwitches watches until the test ends.
func watchSwitches(t *testing.T, g *redistest.Sentinel) *switches {
	w := &switches{}
	ctx, cancel := context.WithCancel(context.Background())
	var under sync.WaitGroup
	for _, s := range g.Sentinels() {
		under.Go(func() { w.watch(ctx, s, g.MasterName()) })
	}
	dir := t.ArtifactDir()
	t.Cleanup(func() {
		cancel()
		under.Wait()
		for _, s := range slices.Concat(g.Sentinels(), g.Servers()) {
			log, err := os.ReadFile(s.Log())
			if err == nil {
				err = os.WriteFile(dir+"/redis-"+s.Addr()+".log", log, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	return w
}

func (w *switches) watch(ctx context.Context, s *redistest.Server, name string) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var before []any
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		answer, err := s.Try("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name)
		now, ok := answer.([]any)
		if err != nil || !ok {
			continue
		}
		if before != nil && !slices.Equal(before, now) {
			w.mu.Lock()
			w.at = append(w.at, time.Now())
			w.mu.Unlock()
		}
		before = now
	}
}

// unasked returns the last switch later than grace after a moment; zero: there was none.
func (w *switches) unasked(moment time.Time, grace time.Duration) (last time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range w.at {
		if at.After(moment.Add(grace)) {
			last = at
		}
	}
	return last
}
