package bench

import "sync"

// outcome is what the sender knows of a signal.
type outcome uint8

const (
	waiting outcome = iota // for the answer
	acked                  // it must come
	refused                // it must not come
	unknown                // unanswered for good: it may come, once
)

// maxOpen bounds the signals of a stream that are watched at once. The oldest is judged as it stands when another
// comes. It is above what a window, an inbox and a socket hold at their defaults.
const maxOpen = 8192

// stream watches the signals of one sender to one receiver: each has an index, from 1 on, which it carries.
type stream struct {
	tally *tally

	mu   sync.Mutex
	base int64  // the index of open[0]
	high int64  // the highest index that came
	open []mark // signals not yet judged
}

// mark is what is known of one signal.
type mark struct {
	came    bool
	excused bool // the session it was for ended: it may be missing
	outcome
}

// owed reports whether the service must still deliver it.
func (m mark) owed() bool { return m.outcome == acked && !m.came && !m.excused }

func newStream(t *tally) *stream { return &stream{tally: t, base: 1} }

// next returns the index of a signal that is about to be sent.
func (s *stream) next() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == maxOpen {
		s.judge()
	}
	s.open = append(s.open, mark{})
	return s.base + int64(len(s.open)) - 1
}

// came notes that the signal with an index arrived, and reports whether it counts: it is not one that broke Once.
func (s *stream) came(index int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := index - s.base
	if at < 0 || at >= int64(len(s.open)) || s.open[at].came || s.open[at].outcome == refused {
		s.tally.doubled.Add(1)
		return false
	}
	s.open[at].came = true
	if index < s.high {
		s.tally.reordered.Add(1)
	}
	s.high = max(s.high, index)
	s.trim()
	return true
}

// answered notes what the sender was told.
func (s *stream) answered(index int64, o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := index - s.base
	if at < 0 || at >= int64(len(s.open)) {
		return // judged already
	}
	s.open[at].outcome = o
	if o == refused && s.open[at].came {
		s.tally.doubled.Add(1)
	}
	s.trim()
}

// trim forgets the oldest signals as far as nothing more is to be known of them. s.mu is held.
func (s *stream) trim() {
	for len(s.open) > 0 && (s.open[0].outcome == refused || s.open[0].came && s.open[0].outcome != waiting) {
		s.judge()
	}
}

// judge takes the oldest signal off the list. s.mu is held.
func (s *stream) judge() {
	if s.open[0].owed() {
		s.tally.lost.Add(1)
	}
	s.open = s.open[1:]
	s.base++
}

// excuse notes that the receiver's session ended: what waited for it is dropped (promise 4), and nothing of what is
// under way is owed any more.
func (s *stream) excuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.open {
		s.open[i].excused = true
	}
}

// due returns how many signals were acked and have not come yet.
func (s *stream) due() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, m := range s.open {
		if m.owed() {
			n++
		}
	}
	return n
}

// finish judges what is left.
func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.open) > 0 {
		s.judge()
	}
}
