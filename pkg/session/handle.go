package session

import (
	"bytes"
	"context"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// handle does what one frame asks; false ends the reading.
func (s *Session) handle(frame []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	_ = s.pace.Wait(ctx) // at most the time of one frame, for none is reserved ahead
	if !s.confirmed {    // any frame shows that the client has the welcome
		s.confirmed = s.place.Confirm(ctx) == nil
	}
	var m wire.Message
	if err := s.Codec.Decode(frame, &m); err != nil {
		return s.refuseFrame(err)
	}
	switch m.Type {
	case wire.TypeAck:
		return s.ack(ctx, m.Seq)
	case wire.TypePing:
		s.tell(&wire.Message{Type: wire.TypePong, T: bytes.Clone(m.T)})
		return true
	case wire.TypeBye:
		return s.bye(ctx)
	case wire.TypeHello:
		s.fail(m.ID, wire.CodeBadFrame, "the session is open already", 0)
		return true
	}
	if m.ID != 0 && !s.admit(&m) {
		return true
	}
	s.numbered(ctx, &m)
	return true
}

// numbered does what a frame with an id may ask, and sees to it that it is answered once.
func (s *Session) numbered(ctx context.Context, m *wire.Message) {
	if m.Type == wire.TypeSignal {
		if s.within(ctx, m) {
			s.signal(ctx, m)
		}
		return
	}
	s.settle() // signals before this frame are taken before it
	answer := wire.Message{}
	switch m.Type {
	case wire.TypeRenew:
		if !s.within(ctx, m) {
			return
		}
		if r := s.mgr.deps.Gate.Renew(&s.Grant, m.Token); r != nil {
			answer = wire.Message{Type: wire.TypeError, Code: wire.CodeForbidden, Text: r.Detail}
		} else {
			answer = wire.Message{Type: wire.TypeAck}
		}
	case wire.TypeJoin, wire.TypeLeave, wire.TypeRoster:
		if !s.within(ctx, m) {
			return
		}
		var done bool
		if answer, done = s.roomFrame(ctx, m); done {
			s.answered(m.ID)
			return
		}
	}
	if answer.Type == wire.TypeError {
		s.refuse(m, answer.Code, answer.Text, answer.RetryAfter)
		return
	}
	s.answered(m.ID)
	if answer.Type != "" && m.ID != 0 {
		answer.ID = m.ID
		s.tell(&answer)
	}
}

// admit takes the frame's id into the window or answers bad_id.
func (s *Session) admit(m *wire.Message) bool {
	s.out.mu.Lock()
	fault := s.out.window.admit(m.ID, m.Again)
	s.out.mu.Unlock()
	if fault != "" {
		s.fail(m.ID, wire.CodeBadID, fault, 0)
	}
	return fault == ""
}

func (s *Session) answered(id int64) {
	s.out.mu.Lock()
	s.out.window.close(id)
	s.out.mu.Unlock()
}

// refuse answers a frame with an error; one without an id is refused in silence.
func (s *Session) refuse(m *wire.Message, code wire.Code, text string, retry float64) {
	s.answered(m.ID)
	if m.ID != 0 {
		s.fail(m.ID, code, text, time.Duration(retry*float64(time.Second)))
	} else {
		s.mgr.metrics.refused(code)
	}
}

// within reports whether the session keeps to its rate, else it answers rate_limited. A frame that is sent again waits: its
// first copy may have been taken, and rate_limited would say for good that it was not.
func (s *Session) within(ctx context.Context, m *wire.Message) bool {
	if m.Again {
		if err := s.bucket.Wait(ctx); err != nil {
			s.refuse(m, wire.CodeUnavailable, "more frames a second than welcome's limits allow", 1)
			return false
		}
		return true
	}
	r := s.bucket.Reserve()
	wait := r.Delay()
	if wait == 0 {
		return true
	}
	r.Cancel()
	wait = wait.Truncate(time.Millisecond) + time.Millisecond // told in milliseconds: rounded up, or it is too early
	s.refuse(m, wire.CodeRateLimited, "more frames a second than welcome's limits allow", wait.Seconds())
	return false
}

// signal gives a signal to the broker. Those without an id have no window of the client's: they wait here for theirs.
func (s *Session) signal(ctx context.Context, m *wire.Message) {
	o := &s.out
	o.mu.Lock()
	for o.sending >= wire.Window && o.end == nil && !o.dead {
		o.idle.Wait()
	}
	o.sending++
	o.mu.Unlock()
	s.place.Send(ctx, &broker.Signal{
		ID: m.ID, Again: m.Again, To: m.To, ToN: m.ToN, Room: m.Room, Receipt: m.Receipt && m.ID != 0,
		Kind: m.Kind, Data: bytes.Clone(m.Data),
	}, s)
}

// settle waits until the broker has answered all signals, or the session ends.
func (s *Session) settle() {
	o := &s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.sending > 0 && o.end == nil && !o.dead {
		o.idle.Wait()
	}
}

// ack forgets what the client has processed. It cannot have processed what was not sent.
func (s *Session) ack(ctx context.Context, seq int64) bool {
	if seq > s.cursor.Load() {
		s.fail(0, wire.CodeBadFrame, "an ack above what was sent", 0)
		return true
	}
	if err := s.place.Ack(ctx, seq); err != nil {
		return true // fenced: Lost follows; unavailable: the next ack says the same again
	}
	return true
}

func (s *Session) bye(ctx context.Context) bool {
	s.settle()
	s.ended = s.place.End(ctx) == nil
	s.close(ending{code: wire.CloseBye})
	return false
}
