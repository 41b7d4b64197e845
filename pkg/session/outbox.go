package session

import (
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// outbox is what waits for the socket beside the inbox, and what is to be done with it. Frames go out in the order in
// which they came; then signals; the close goes last.
type outbox struct {
	maxFrames, maxBytes int

	mu      sync.Mutex
	idle    sync.Cond // told when a signal was answered, frames were taken to be written, or the end was decided
	frames  [][]byte
	bytes   int
	ready   bool   // the welcome is queued: others may be told things
	deliver bool   // signals may follow
	dirty   bool   // the inbox may have some
	gap     bool   // a gap was told before the welcome
	rooms   anew   // rooms whose rosters are to be told without having been asked for
	leaving string // why the session was told to go, empty: it was not
	writing bool   // the writer runs
	sending int    // signals that the broker has not answered
	window  window
	end     *ending
	dead    bool // the socket takes nothing any more
}

// ending is a decided close.
type ending struct {
	code  wire.CloseCode
	text  string        // for the error frame before it; empty: none
	name  wire.Code     // of that error; empty: the reason of code
	retry time.Duration // of that error
}

func (o *outbox) init(frames, bytes int) {
	o.maxFrames, o.maxBytes = frames, bytes
	o.idle.L = &o.mu
	o.rooms.telling = true // the reader, after the welcome
}

func (o *outbox) closing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end != nil
}

// tell queues a message from the session itself.
func (s *Session) tell(m *wire.Message) {
	b := s.encode(nil, m)
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.queue(b)
}

// tellPart is tell for the reader's rosters, which together may be longer than the queue: it waits for room. Meanwhile
// nothing is read, which is not the client's silence.
func (s *Session) tellPart(m *wire.Message) {
	b := s.encode(nil, m)
	o := &s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.frames) > 0 && (len(o.frames) >= o.maxFrames/2 || o.bytes+len(b) > o.maxBytes/2) && o.end == nil && !o.dead {
		o.idle.Wait()
		s.lastRead.Store(s.mgr.clock())
	}
	s.queue(b)
}

// queue appends a frame under out.mu and sees to it that it is written.
func (s *Session) queue(frame []byte) {
	o := &s.out
	if len(frame) == 0 || o.end != nil || o.dead {
		return
	}
	if len(o.frames) >= o.maxFrames || len(o.frames) > 0 && o.bytes+len(frame) > o.maxBytes {
		s.finally(ending{code: wire.CloseSlowConsumer, text: "the socket does not take what waits for it", retry: time.Second})
		return
	}
	o.frames = append(o.frames, frame)
	o.bytes += len(frame)
	s.mgr.metrics.queued.Add(1)
	s.kick()
}

// kick starts the writer unless it runs: under out.mu.
func (s *Session) kick() {
	o := &s.out
	if o.writing || o.dead || s.conn == nil {
		return
	}
	o.writing = true
	s.helpers.Add(1)
	go s.write()
}

// close decides the end of the socket; the first to decide wins. What is queued goes out first.
func (s *Session) close(e ending) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.finally(e)
}

// finally is close under out.mu.
func (s *Session) finally(e ending) {
	o := &s.out
	if o.end != nil || o.dead {
		return
	}
	if e.text != "" {
		name := e.name
		if name == "" {
			name = wire.Code(e.code.Reason())
		}
		b := s.encode(nil, &wire.Message{Type: wire.TypeError, Code: name, Text: e.text, RetryAfter: e.retry.Seconds()})
		if len(b) > 0 {
			o.frames = append(o.frames, b)
			o.bytes += len(b)
			s.mgr.metrics.queued.Add(1)
		}
	}
	o.end = &e
	s.endDue.CompareAndSwap(0, s.mgr.clock()+2*int64(s.mgr.cfg.WriteTimeout))
	s.closeCode.CompareAndSwap(0, uint32(e.code))
	o.idle.Broadcast()
	s.kick()
}

// cut ends the socket at once, without a close frame.
func (s *Session) cut(code wire.CloseCode) {
	s.closeCode.CompareAndSwap(0, uint32(code))
	s.out.mu.Lock()
	s.out.dead = true
	s.mgr.metrics.queued.Add(-float64(len(s.out.frames)))
	s.out.frames, s.out.bytes = nil, 0
	s.out.idle.Broadcast()
	conn, raw := s.conn, s.raw
	s.out.mu.Unlock()
	if conn != nil {
		_ = raw.Close() // even a close handshake that nobody answers ends now
		_ = conn.CloseNow()
	}
}
