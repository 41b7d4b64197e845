package chaos

import (
	"fmt"
	"strings"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
)

// trailLength bounds what a peer remembers of itself for the case that it misses something.
const trailLength = 24

// trail is what happened to a peer last, but for the signals that it got. The peer's lock guards it.
type trail struct {
	seq  int64 // of its last signal
	last []string
}

// add notes an event.
func (t *trail) add(now time.Time, ev client.Event) {
	var what string
	switch ev := ev.(type) {
	case client.SignalEvent:
		if ev.Seq == t.seq+1 {
			t.seq = ev.Seq
			return
		}
		what = fmt.Sprintf("seq %d after %d", ev.Seq, t.seq)
		t.seq = ev.Seq
	case client.Connected:
		what = fmt.Sprintf("connected n=%d resumed=%v at seq %d", ev.N, ev.Resumed, t.seq)
	case client.Disconnected:
		what = fmt.Sprintf("disconnected %d, again in %v", ev.Code, ev.RetryIn.Round(time.Millisecond))
	case client.Presence:
		what = fmt.Sprintf("%s %s v=%d", ev.Event, ev.Peer, ev.V)
	case client.Roster:
		what = fmt.Sprintf("list v=%d of %d", ev.V, len(ev.Peers))
	case client.Goaway:
		what = fmt.Sprintf("goaway %s within %v", ev.Reason, ev.Within)
	case client.Closed:
		what = fmt.Sprintf("closed %d", ev.Code)
	case client.Gap:
		what = fmt.Sprintf("gap at seq %d", t.seq)
	default:
		what = fmt.Sprintf("%T", ev)
	}
	if t.last = append(t.last, now.Format("05.000 ")+what); len(t.last) > trailLength {
		t.last = t.last[1:]
	}
}

func (t *trail) String() string { return fmt.Sprintf("seq %d: %s", t.seq, strings.Join(t.last, ", ")) }

// trailOf is what happened to peer i last.
func (c *crowd) trailOf(i int) string {
	p := c.peers[i]
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%s %s", p.name, &p.trail)
}
