package accept

import "sync/atomic"

// slots is a counted bound: at most limit of something at once.
type slots struct {
	limit int64
	used  atomic.Int64
}

func newSlots(limit int) *slots { return &slots{limit: int64(limit)} }

// take takes a slot, or reports false where none is free.
func (s *slots) take() bool {
	for {
		n := s.used.Load()
		if n >= s.limit {
			return false
		}
		if s.used.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (s *slots) give() { s.used.Add(-1) }
