package doortest

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxTimes bounds the times that are kept for percentiles: above it each new one takes the place of an old one.
const maxTimes = 100_000

// Outcomes counts visits.
type Outcomes struct {
	mu     sync.Mutex
	counts map[Outcome]int
	times  []time.Duration // of those welcomed
	total  int
	slow   time.Duration // the slowest clear outcome
	wrong  []string
}

// Add counts a visit.
func (o *Outcomes) Add(v Visit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.counts == nil {
		o.counts = map[Outcome]int{}
	}
	o.counts[v.Outcome]++
	if !v.Outcome.Clear() {
		if len(o.wrong) < maxComplaints {
			o.wrong = append(o.wrong, fmt.Sprintf("%s after %v: %v", v.Outcome, v.Took.Round(time.Millisecond), v.Err))
		}
		return
	}
	o.slow = max(o.slow, v.Took)
	if v.Outcome == Welcomed {
		if len(o.times) < maxTimes {
			o.times = append(o.times, v.Took)
		} else {
			o.times[o.total%maxTimes] = v.Took
		}
		o.total++
	}
}

// Count returns how many had an outcome.
func (o *Outcomes) Count(out Outcome) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.counts[out]
}

// Broken lists the first that had no clear outcome.
func (o *Outcomes) Broken() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.wrong)
}

// String implements fmt.Stringer.
func (o *Outcomes) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprintf("%d welcomed, %d 503, %d reset, %d in silence, %d else; welcome after %s; slowest answer %v", o.counts[Welcomed],
		o.counts[Refused], o.counts[Reset], o.counts[Silent], o.counts[Odd], Percentiles(o.times), o.slow.Round(time.Millisecond))
}

// Percentiles renders p50, p90, p99 and the longest.
func Percentiles(times []time.Duration) string {
	if len(times) == 0 {
		return "-"
	}
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	at := func(q float64) time.Duration {
		return sorted[int(q*float64(len(sorted)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %v p90 %v p99 %v max %v", at(.5), at(.9), at(.99), at(1))
}
