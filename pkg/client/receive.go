package client

import (
	"encoding/json"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// receive takes one text frame of a socket. An error ends the socket, which is then resumed.
func (c *Client) receive(cn *conn, text []byte) error {
	var m wire.Message
	bad := json.Unmarshal(text, &m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != cn {
		return errReplaced
	}
	cn.heard, cn.pinged = time.Now(), time.Time{}
	if bad != nil {
		// An unknown type may give our names other meanings: it would not fit a Message, and is ignored all the same.
		c.opts.Logger.Warn("frame ignored", "type", m.Type, "error", bad)
		return nil
	}
	err := c.dispatch(cn, &m)
	c.wake()
	return err
}

func (c *Client) dispatch(cn *conn, m *wire.Message) error {
	var ev Event
	switch m.Type {
	case wire.TypeSignal:
		return c.onSignal(m)
	case wire.TypeJoined, wire.TypeRoster:
		return c.onRoster(m)
	case wire.TypePresence:
		return c.onPresence(m)
	case wire.TypeAck, wire.TypeLeft:
		if of := c.pending.find(m.ID); of != nil {
			c.pending.remove(of)
			if of.msg.Type == wire.TypeLeave {
				c.forget(of.msg.Room)
			}
			of.finish(answer{msg: m})
		}
		return nil
	case wire.TypeError:
		c.onError(cn, m)
		return nil
	case wire.TypeReceipt:
		ev = Receipt{ID: m.ID, Peer: m.Peer, N: m.N, Status: m.Status}
	case wire.TypeICE:
		c.ice = newICE(m.Servers, m.TTL)
		ev = c.ice
	case wire.TypeGoaway:
		g := Goaway{Reason: m.Reason, Within: seconds(m.Within)}
		select {
		case cn.goaway <- g:
		default: // the one before it is still to be acted on
		}
		ev = g
	case wire.TypeGap:
		ev = Gap{}
	default:
		return nil
	}
	if !c.push(ev) {
		return errBacklog
	}
	return nil
}

func (c *Client) onSignal(m *wire.Message) error {
	if m.Seq <= c.session.received {
		return nil // delivered again: queued or processed already
	}
	kind := m.Kind
	if kind == "" {
		kind = wire.KindMessage
	}
	if !c.push(SignalEvent{Seq: m.Seq, From: m.From, N: m.N, Polite: m.Polite, Room: m.Room, Kind: kind, Data: m.Data}) {
		return errBacklog
	}
	c.session.received = m.Seq
	return nil
}

// onError takes the answer to a call, or what precedes a close.
func (c *Client) onError(cn *conn, m *wire.Message) {
	if m.ID == 0 {
		cn.refusal = m
		c.opts.Logger.Info("error from the gateway", "code", m.Code, "message", m.Text)
		return
	}
	of := c.pending.find(m.ID)
	if of == nil {
		return
	}
	wait := seconds(m.RetryAfter)
	if m.Code == wire.CodeUnavailable {
		if wait == 0 {
			wait = c.opts.Backoff.Base
		}
		c.pending.postpone(of, time.Now().Add(wait))
		return
	}
	c.pending.remove(of)
	r := c.rooms[of.msg.Room]
	switch {
	case of.own != forUser && m.Code == wire.CodeRateLimited:
		again := &call{msg: of.msg, own: of.own, at: time.Now().Add(max(wait, askAgain))}
		c.pending.waiting = append([]*call{again}, c.pending.waiting...)
	case of.own == forRejoin:
		c.forget(of.msg.Room)
		c.push(RoomLost{Room: of.msg.Room, Code: m.Code})
	case of.own == forRoster && r != nil:
		// Without a list the view goes on from what is known; the next change counts whatever its version.
		r.asked, r.waiting = false, false
		for _, p := range r.held {
			r.v = max(r.v, p.V)
		}
		r.held = nil
	case r != nil && (!r.joined || of.msg.Type == wire.TypeLeave && m.Code == wire.CodeNotAMember):
		c.forget(of.msg.Room)
	}
	of.finish(answer{err: &Error{Code: m.Code, Message: m.Text, RetryAfter: wait}})
}

func newICE(servers []wire.ICEServer, ttl float64) ICE {
	ice := ICE{Servers: servers}
	if d := seconds(ttl); d > 0 {
		ice.Until = time.Now().Add(d)
	}
	return ice
}
