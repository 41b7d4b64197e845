package doortest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Lives gathers how bad clients fared, by kind.
type Lives struct {
	mu    sync.Mutex
	count map[string]int
	times map[string][]time.Duration
	bound map[string]time.Duration
	wrong []string
}

// Add counts one.
func (l *Lives) Add(life Life) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == nil {
		l.count, l.times, l.bound = map[string]int{}, map[string][]time.Duration{}, map[string]time.Duration{}
	}
	name := life.Nuisance.Name
	l.count[name]++
	l.bound[name] = life.Nuisance.Bound
	switch {
	case life.Err != nil:
		l.complain(fmt.Sprintf("%s: %v", name, life.Err))
	case !life.Ended:
		l.complain(fmt.Sprintf("%s: still there after %v, bound %v", name, life.Lived, life.Nuisance.Bound))
	case life.Nuisance.over:
	case len(l.times[name]) < maxTimes:
		l.times[name] = append(l.times[name], life.Lived)
	}
}

func (l *Lives) complain(s string) {
	if len(l.wrong) < maxComplaints {
		l.wrong = append(l.wrong, s)
	}
}

// Broken lists the first that were not ended in time.
func (l *Lives) Broken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.wrong)
}

// String is a table with a line for each kind.
func (l *Lives) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, n := range Nuisances {
		if l.count[n.Name] > 0 {
			fmt.Fprintf(&b, "  %-26s %6d  bound %-6v lived %s\n", n.Name, l.count[n.Name], l.bound[n.Name], Percentiles(l.times[n.Name]))
		}
	}
	return b.String()
}

// pause is how long a horde's client rests before it comes again.
const pause = 250 * time.Millisecond

// Horde keeps so many bad clients of one kind busy until ctx ends: where the door has ended one, another comes.
func (l *Lives) Horde(ctx context.Context, n Nuisance, address string, size int, slack time.Duration) {
	var wg sync.WaitGroup
	for range size {
		wg.Go(func() {
			for ctx.Err() == nil {
				life := n.Annoy(ctx, address, slack)
				if ctx.Err() != nil {
					return // it was ended here
				}
				l.Add(life)
				if Wait(ctx, pause) != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// Once brings so many of one kind, at once, and waits for their ends.
func (l *Lives) Once(ctx context.Context, n Nuisance, address string, size int, slack time.Duration) {
	var wg sync.WaitGroup
	for range size {
		wg.Go(func() {
			if life := n.Annoy(ctx, address, slack); ctx.Err() == nil {
				l.Add(life)
			}
		})
	}
	wg.Wait()
}
