package chaos

import (
	"time"
)

// outcome is what a phase came to.
type outcome struct {
	name         string
	began, ended time.Time
	lossy        bool      // the store loses what it had at lossAt
	lossAt       time.Time // signals kept later are safe
	safe         time.Time // what is acked from here on is kept; zero: from ended on
	keepSockets  bool      // no socket may end but those that the test cuts
	hint         string
	after        func() error // goes on while service comes back

	recovered time.Duration // after ended, by the prober
	failed    error         // no full service
	until     error         // what was wrong just before full service

	crowdSlow   time.Duration // after ended: the posting of the last signal whose answer took longer than inTime
	slowest     *signal       // that one
	backlog     time.Duration // after ended: the last answer to a signal posted before
	lastArrival time.Duration // after ended: the last arrival of a signal posted before
	late        time.Duration // at most, this process had its turn
	others      float64       // processors that others used while service came back
	unasked     bool          // the Sentinels went over to another master once more
	closed      int64         // sockets that ended besides those cut
	cuts        int64

	waiting  int // receivers that had not had what was acked, at lossAt
	lost     int // of those, how many never had it
	untold   int // sessions that were there all along and were told no gap
	told     int
	lastGap  time.Duration // after ended
	sessions int           // lost with the store
	anew     int           // refusals while sessions were written anew
}

// safeFrom is when acks count again.
func (o *outcome) safeFrom() time.Time {
	if o.safe.IsZero() {
		return o.ended
	}
	return o.safe
}
