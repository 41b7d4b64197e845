package session

import (
	"errors"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var _ hub.Seat = (*Session)(nil)

// Wake implements hub.Seat: the writer looks into the inbox.
func (s *Session) Wake() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.dirty = true
	if s.out.deliver && s.out.end == nil {
		s.kick()
	}
}

// Lost implements hub.Seat.
func (s *Session) Lost(code wire.CloseCode) {
	e := ending{code: code}
	switch code {
	case wire.CloseReplaced:
		e.text = "another client has taken this peer over"
	case wire.CloseResumed:
		e.text = "the session goes on over another socket"
	case wire.CloseKicked:
		e.text = "the session was ended by a backend"
	case wire.CloseSlowConsumer:
		e.text, e.retry = "the socket does not take what waits for it", time.Second
	default:
		e.text = "the gateway does not hold this session any more"
	}
	s.close(e)
}

// Presence implements hub.Seat.
func (s *Session) Presence(room wire.RoomID, p broker.Presence) {
	s.told(&wire.Message{Type: wire.TypePresence, Room: room, V: p.V, Event: p.Event, Peer: p.Peer, N: p.N,
		Meta: p.Meta, Polite: s.peer.Polite(p.Peer)})
}

// Receipt implements hub.Seat.
func (s *Session) Receipt(r broker.Receipt) {
	s.told(&wire.Message{Type: wire.TypeReceipt, ID: r.ID, Peer: r.Peer, N: r.N, Status: r.Status})
}

// told queues what the hub tells; nothing goes out before the welcome.
func (s *Session) told(m *wire.Message) {
	b := s.encode(nil, m)
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.out.ready {
		s.queue(b)
	}
}

// Answer implements broker.Answerer.
func (s *Session) Answer(sig *broker.Signal, o broker.Outcome) {
	m := wire.Message{Type: wire.TypeAck, ID: sig.ID, Status: wire.StatusSent}
	switch {
	case o.Code != "":
		m = wire.Message{Type: wire.TypeError, ID: sig.ID, Code: o.Code, Text: explain[o.Code], RetryAfter: o.RetryAfter.Seconds()}
	case sig.Room != "" && sig.To == "":
		m.Room, m.Receivers, m.Full = sig.Room, o.Receivers, o.Full
	case o.Queued:
		m.Status = wire.StatusQueued
	}
	s.mgr.metrics.signal(o)
	var b []byte
	if sig.ID != 0 {
		b = s.encode(nil, &m)
	}
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.sending--
	if sig.ID != 0 {
		s.out.window.close(sig.ID)
		s.queue(b)
	}
	s.out.idle.Broadcast()
}

// explain says what a refused signal's code means.
var explain = map[wire.Code]string{
	wire.CodeBadID:       "the id is not above all that this session has sent",
	wire.CodeNoSuchPeer:  "nobody holds that address now",
	wire.CodeNotAMember:  "join the room first",
	wire.CodeInboxFull:   "too much waits for that peer already",
	wire.CodeStale:       "not taken, and a later signal to that receiver was",
	wire.CodeUnavailable: "the store does not answer; send it again with the same id",
}

// storeRetry is how soon an inbox is looked into again, or a roster read, whose store did not answer.
const storeRetry = time.Second

// inboxFailed reports whether the socket may live on although its inbox could not be read.
func (s *Session) inboxFailed(err error) bool {
	switch {
	case errors.Is(err, broker.ErrFenced):
		return true // Lost follows
	case errors.Is(err, broker.ErrUnavailable): // a socket outlives its store's absence
		s.inboxDue.Store(s.mgr.clock() + int64(storeRetry))
		return true
	}
	s.close(ending{code: wire.CloseUnavailable, text: "the store does not answer", retry: time.Second})
	return true
}
