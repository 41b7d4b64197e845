package client

import (
	"slices"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// MaxWaiting is how many calls may wait to be sent, because the client is away from the gateway or the window of
// unanswered ids is full. Above it calls fail with ErrBusy.
const MaxWaiting = 1024

// call is one frame with an id on its way to its answer.
type call struct {
	msg  wire.Message
	own  purpose
	done chan answer // capacity 1; nil for the client's own
	sent bool        // went out at least once, on any socket
	out  bool        // went out on the present socket and is unanswered there
	held bool        // answered unavailable: what it holds back waits for its final answer
	left bool        // its caller gave up
	at   time.Time   // goes out no earlier
	list []wire.Member
}

// purpose tells the client's own calls from the user's.
type purpose int

const (
	forUser   purpose = iota
	forRejoin         // join a room again in a new session
	forRoster         // fill a hole in a room's versions
)

// answer is what a call ends with.
type answer struct {
	msg    *wire.Message
	roster Roster
	err    error
}

func (c *call) finish(a answer) {
	if c.done != nil {
		c.done <- a
	}
}

// pending orders the calls: which one goes out next, which wait (protocol sections 3 and 5). It holds the ids to the
// window. It knows no clock and no lock; Client.mu guards it.
type pending struct {
	window  int      // unanswered ids the gateway allows
	who     audience // may be nil where no signal to a room waits
	last    int64    // the id given last; ids grow over the client's life, hence within each session
	open    []*call  // with an id and unanswered, by id
	waiting []*call  // without an id, in the order of the calls
}

// pick takes the call that goes out now, or returns nil and when to look again (zero: after the next event).
// What was sent before goes first, in the old order; a call that must wait holds back those after it that it shares a
// room or may share a receiver with (held), and no others.
func (p *pending) pick(now time.Time) (*call, time.Time) {
	var wake time.Time
	behind := held{who: p.who}
	blocked := func(c *call) bool {
		late := c.at.After(now)
		if late && (wake.IsZero() || c.at.Before(wake)) {
			wake = c.at
		}
		if late || behind.blocks(&c.msg) {
			behind.add(c)
			return true
		}
		return false
	}
	out, owed := 0, false // owed: one of an earlier socket must still be sent again, and goes before all later ones
	for _, c := range p.open {
		if c.out {
			out++
		}
	}
	for _, c := range p.open {
		switch {
		case c.out && c.held:
			behind.add(c)
		case c.out:
		case blocked(c), owed && c.at.IsZero():
			owed = owed || c.at.IsZero()
		case out >= p.window:
			return nil, wake
		default:
			c.out = true
			c.msg.Again = c.sent
			c.sent = true
			return c, wake
		}
	}
	if owed || len(p.open) >= p.window || len(p.open) > 0 && p.last+1 >= p.open[0].msg.ID+wire.Span {
		return nil, wake
	}
	for i, c := range p.waiting {
		if blocked(c) {
			continue
		}
		p.waiting = slices.Delete(p.waiting, i, i+1)
		p.last++
		c.msg.ID, c.msg.Again = p.last, false
		c.sent, c.out = true, true
		p.open = append(p.open, c)
		return c, wake
	}
	return nil, wake
}

// find returns the unanswered call with the id, or nil.
func (p *pending) find(id int64) *call {
	for _, c := range p.open {
		if c.msg.ID == id {
			return c
		}
	}
	return nil
}

// remove takes a call out wherever it is.
func (p *pending) remove(c *call) {
	same := func(o *call) bool { return o == c }
	p.open = slices.DeleteFunc(p.open, same)
	p.waiting = slices.DeleteFunc(p.waiting, same)
}

// abandon is for a caller that waits no longer. What went out stays until it is answered: its id still counts.
func (p *pending) abandon(c *call) {
	c.left = true
	if !c.sent {
		p.remove(c)
	}
}

// postpone is for the answer unavailable: the call goes out again at the time given, unless nobody waits for it.
func (p *pending) postpone(c *call, at time.Time) {
	if c.left {
		p.remove(c)
		return
	}
	c.out, c.held, c.at, c.list = false, true, at, nil
}

// resume makes all that is unanswered go out again, at once and in order, on a new socket of the same session.
func (p *pending) resume() {
	for _, c := range p.open {
		c.out, c.held, c.at, c.list = false, false, time.Time{}, nil
	}
}

// lose empties the open calls of a session that ended and drops the client's own ones; it returns the user's.
func (p *pending) lose() []*call {
	lost := p.open
	p.open = nil
	own := func(c *call) bool { return c.own != forUser }
	p.waiting = slices.DeleteFunc(p.waiting, own)
	return slices.DeleteFunc(lost, own)
}

// front puts calls before all that wait, to go out under new ids.
func (p *pending) front(calls []*call) {
	for _, c := range calls {
		c.sent, c.out, c.held, c.at, c.list = false, false, false, time.Time{}, nil
	}
	p.waiting = append(slices.Clone(calls), p.waiting...)
}

// fail ends the calls of a list with err.
func fail(calls []*call, err error) {
	for _, c := range calls {
		c.finish(answer{err: err})
	}
}
