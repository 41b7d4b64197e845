package chaos

import (
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// attendance is what one member sees of its room. Once it is armed nobody leaves or comes of their own will: whatever
// changes then is a flap, unless the session of the member that it speaks of was lost. The peer's lock guards it.
type attendance struct {
	armed bool
	seen  map[wire.PeerID]int64 // n by other member
	flaps []flap
}

// flap is a change that was seen, as a presence or in a list.
type flap struct {
	at   time.Time
	of   wire.PeerID
	what string
}

// change takes a presence.
func (a *attendance) change(now time.Time, ev client.Presence) {
	if ev.Event == wire.EventLeave {
		delete(a.seen, ev.Peer)
	} else {
		a.seen[ev.Peer] = ev.N
	}
	if a.armed {
		a.flaps = append(a.flaps, flap{now, ev.Peer, ev.Event})
	}
}

// list takes a roster that nobody asked for, or that the SDK did, because a version was missing.
func (a *attendance) list(now time.Time, ev client.Roster) {
	here := make(map[wire.PeerID]int64, len(ev.Peers))
	for _, m := range ev.Peers {
		here[m.Peer] = m.N
	}
	before := a.seen
	if a.seen = here; !a.armed {
		return
	}
	for _, m := range ev.Peers {
		if n, known := before[m.Peer]; !known {
			a.flaps = append(a.flaps, flap{now, m.Peer, "new in a list"})
		} else if n != m.N {
			a.flaps = append(a.flaps, flap{now, m.Peer, "another incarnation in a list"})
		}
	}
	for name := range before {
		if _, ok := here[name]; !ok {
			a.flaps = append(a.flaps, flap{now, name, "not in a list"})
		}
	}
}

// take empties the flaps.
func (a *attendance) take() []flap {
	f := a.flaps
	a.flaps = nil
	return f
}
