package bench

import (
	"sync"
	"sync/atomic"
	"time"
)

// meter collects what a run measures. Times are since begin, by the monotonic clock.
type meter struct {
	begin time.Time
	from  atomic.Int64 // ns; 0: nothing is measured yet
	to    atomic.Int64 // ns; 0: until further notice

	promises tally
	events   atomic.Int64 // what the progress counts, warm-up included
	sent     atomic.Int64 // within the measured time, like all that follows
	received atomic.Int64
	crossed  atomic.Int64 // of which between two gateways

	latency   Histogram // from sent, or due where sending was held up, to received
	last      Histogram // the same to the last receiver of a room
	ack       Histogram // the same to its answer
	lag       Histogram // from due to be sent to sent
	handshake Histogram // from dialing to welcome
	cycle     Histogram // from due to be started to the close after bye

	finished atomic.Int64 // cycles
	full     atomic.Int64 // deliveries of room signals that the service said it would not make

	refused  counts // signals, by code; warm-up included
	failures counts // sessions that were not opened and cycles that failed, by what went wrong
	opened   atomic.Int64
	away     atomic.Int64 // sockets that ended and were not meant to
	ended    atomic.Int64 // sessions that ended and were not meant to
	gaps     atomic.Int64
}

// now is the time since begin; never 0.
func (m *meter) now() time.Duration { return max(time.Since(m.begin), 1) }

// start begins the measured time, stop ends it.
func (m *meter) start() { m.from.Store(int64(m.now())) }
func (m *meter) stop()  { m.to.Store(int64(m.now())) }

// within reports whether a moment lies in the measured time.
func (m *meter) within(at time.Duration) bool {
	from, to := m.from.Load(), m.to.Load()
	return from > 0 && int64(at) >= from && (to == 0 || int64(at) < to)
}

// measured is how long the measured time was.
func (m *meter) measured() time.Duration {
	if m.from.Load() == 0 {
		return 0
	}
	return time.Duration(m.to.Load() - m.from.Load())
}

// maxNames bounds the names of counts; those above it count as "other".
const maxNames = 32

// counts counts by name.
type counts struct {
	mu sync.Mutex
	by map[string]int64
}

func (c *counts) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]int64{}
	}
	if _, known := c.by[name]; !known && len(c.by) >= maxNames {
		name = "other"
	}
	c.by[name]++
}

// read returns the counts by name, never nil, and their sum.
func (c *counts) read() (map[string]int64, int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, sum := make(map[string]int64, len(c.by)), int64(0)
	for name, n := range c.by {
		all[name], sum = n, sum+n
	}
	return all, sum
}
