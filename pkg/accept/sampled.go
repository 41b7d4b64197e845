package accept

import (
	"sync"
	"time"
)

// linesPerSecond is what one kind of event may log; the rest is counted and told with the next line.
const linesPerSecond = 5

// sampled lets a few events a second through.
type sampled struct {
	mu     sync.Mutex
	second int64
	lines  int
	left   int64
}

// allow reports whether this event may be logged, and how many were left out since the last that was.
func (s *sampled) allow() (left int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now().Unix(); now != s.second {
		s.second, s.lines = now, 0
	}
	if s.lines >= linesPerSecond {
		s.left++
		return 0, false
	}
	s.lines++
	left, s.left = s.left, 0
	return left, true
}
