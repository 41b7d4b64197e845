package client

import (
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// install makes a welcomed socket the current one. The secret is kept before anything is sent on it.
func (c *Client) install(cn *conn, w *wire.Message) {
	c.mu.Lock()
	had := c.session.id != ""
	resumed := had && w.Resumed
	c.conn, c.state = cn, StateConnected
	cn.heard = time.Now()
	if !resumed {
		c.session = session{}
		c.ackAt = time.Time{}
	}
	c.session.peer, c.session.n, c.session.id, c.session.secret = w.Peer, w.N, w.Session, w.Secret
	c.heartbeat = seconds(w.Heartbeat)
	if c.heartbeat == 0 {
		c.heartbeat = 20 * time.Second
	}
	c.maxFrame, c.features = w.MaxFrame, w.Features
	c.pending.window = wire.Window
	if w.Window > 0 {
		c.pending.window = w.Window
	}
	c.limits = wire.Limits{}
	c.eventCap = 256 + eventSlack
	if w.Limits != nil {
		c.limits = *w.Limits
		if w.Limits.Inbox > 0 {
			c.eventCap = w.Limits.Inbox + eventSlack
		}
	}
	if w.ICE != nil {
		c.ice = newICE(w.ICE.Servers, w.ICE.TTL)
	}
	c.push(Connected{Peer: w.Peer, N: w.N, Session: w.Session, Resumed: resumed})
	var lost []*call
	if resumed {
		c.resumed()
	} else if had {
		lost = c.lost()
	}
	c.mu.Unlock()
	c.pace.tries = 0
	c.opts.Logger.Info("connected", "peer", w.Peer, "n", w.N, "session", w.Session, "resumed", resumed)
	fail(lost, ErrSessionLost)
	c.serveSocket(cn)
}

// resumed makes what is unanswered go out again; a roster comes for each room.
func (c *Client) resumed() {
	c.pending.resume()
	for _, r := range c.rooms {
		r.list, r.held, r.waiting = nil, nil, r.asked
	}
}

// lost sorts the calls of a session that ended and has the rooms joined again, before anything new. It returns the
// signals that were sent: they may have arrived, so they are not sent again.
func (c *Client) lost() []*call {
	var lost, again []*call
	for _, of := range c.pending.lose() {
		switch of.msg.Type {
		case wire.TypeSignal:
			lost = append(lost, of)
		case wire.TypeLeave: // the session took its memberships along
			c.forget(of.msg.Room)
			of.finish(answer{})
		case wire.TypeRenew: // the new hello brought a fresh token
			of.finish(answer{})
		default:
			if !of.left {
				again = append(again, of)
			}
		}
	}
	var front []*call
	for _, name := range c.order {
		r := c.rooms[name]
		r.v, r.list, r.held, r.asked, r.waiting = 0, nil, nil, false, true
		front = append(front, &call{msg: wire.Message{Type: wire.TypeJoin, Room: name, Meta: r.meta}, own: forRejoin})
	}
	for name, r := range c.rooms {
		if !r.joined {
			delete(c.rooms, name)
		}
	}
	c.pending.front(append(front, again...))
	return lost
}
