package client

import (
	"slices"
	"time"
)

const (
	// eventSlack is how many events may wait for the handler besides the signals that the gateway's inbox allows.
	eventSlack = 1024
	// ackEvery and ackWithin bound how long a processed signal stays unacked (protocol section 3).
	ackEvery  = 16
	ackWithin = time.Second
)

// queued is an event on its way to the handler.
type queued struct {
	ev      Event
	session string // of a signal: a new session counts anew
}

// push queues an event for the handler. The queue holds the gateway's inbox plus eventSlack. When it is full, what a
// resume brings again or what is only of the moment goes, and push returns false: the socket must end, and the resume
// brings rosters. Events about the connection itself are queued even so; there are at most two for each socket.
func (c *Client) push(ev Event) bool {
	ok := true
	if len(c.events) >= c.eventCap {
		c.events = slices.DeleteFunc(c.events, func(q queued) bool {
			switch q.ev.(type) {
			case SignalEvent, Gap, RoomLost:
				return false
			}
			return true
		})
		switch ev.(type) {
		case Connected, Disconnected, Closed, RoomLost:
		default:
			ok = false
		}
	}
	if ok {
		q := queued{ev: ev}
		if _, is := ev.(SignalEvent); is {
			q.session = c.session.id
		}
		c.events = append(c.events, q)
	}
	poke(c.eventWake)
	return ok
}

// deliver hands events to the handler until Closed.
func (c *Client) deliver() {
	defer close(c.done)
	for {
		c.mu.Lock()
		if len(c.events) == 0 {
			quiet := c.quiet
			c.mu.Unlock()
			if quiet {
				return
			}
			<-c.eventWake
			continue
		}
		q := c.events[0]
		c.events[0] = queued{}
		c.events = c.events[1:]
		c.mu.Unlock()
		if c.opts.Handle != nil {
			c.opts.Handle(q.ev)
		}
		switch ev := q.ev.(type) {
		case SignalEvent:
			c.processed(q.session, ev.Seq)
		case Closed:
			return
		}
	}
}

// processed notes that the handler is through with a signal, and when that is to be acked.
func (c *Client) processed(session string, seq int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if session != c.session.id {
		return
	}
	c.session.processed = seq
	switch {
	case seq-c.session.acked >= ackEvery:
		c.ackAt = time.Now()
	case c.ackAt.IsZero():
		c.ackAt = time.Now().Add(ackWithin)
	default:
		return
	}
	c.wake()
}

// poke wakes the one that waits on ch, now or next time.
func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
