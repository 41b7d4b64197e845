package chaos

import (
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// fate is what the sender was told of a signal.
type fate int

const (
	unanswered fate = iota
	acked
	refused
	orphaned // its session ended before the answer: it may have arrived or not
)

// String is for the log.
func (f fate) String() string { return [...]string{"unanswered", "acked", "refused ", "orphaned"}[f] }

// signal is one signal of the crowd: what was asked, what was answered, and where it arrived.
type signal struct {
	from, n int
	to      []int // who is to have it
	room    bool
	posted  time.Time
	cuts    int64 // of the sender's sockets, when it was posted

	fate      fate
	code      wire.Code // of a refusal
	receivers int       // that the ack of a room signal names
	full      int       // likewise
	answered  time.Time
	disturbed bool // the sender's socket was cut by the test meanwhile

	got []time.Time // by position in to; zero: not yet
}

// settled reports whether nothing is to be expected of s any more.
func (s *signal) settled() bool {
	return s.fate == refused || s.fate == orphaned || s.fate == acked && s.missing() == 0
}

// missing is how many receivers that the ack speaks of have not had it.
func (s *signal) missing() int {
	want := len(s.to)
	if s.room {
		want = s.receivers
	}
	return max(0, want-s.arrived())
}

// arrived is how many receivers have had it.
func (s *signal) arrived() (n int) {
	for _, at := range s.got {
		if !at.IsZero() {
			n++
		}
	}
	return n
}

// waitedAt is how many receivers had not had it at a moment, of a signal posted before.
func (s *signal) waitedAt(moment time.Time) (n int) {
	if s.fate != acked || s.posted.After(moment) {
		return 0
	}
	for _, at := range s.got {
		if at.IsZero() || at.After(moment) {
			n++
		}
	}
	return n
}

// answer notes the outcome of the call.
func (s *signal) answer(ack client.Ack, code wire.Code, lost bool, cuts int64) {
	s.answered, s.disturbed = time.Now(), cuts != s.cuts
	switch {
	case lost:
		s.fate = orphaned
	case code != "":
		s.fate, s.code = refused, code
	default:
		s.fate, s.receivers, s.full = acked, ack.Receivers, ack.Full
	}
}
