package session

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// deliverBatch is how many signals are taken from the inbox at once.
const deliverBatch = 16

// scratch is what a writer needs while it runs.
type scratch struct {
	frame   []byte
	entries []broker.Entry
}

var scratches = sync.Pool{New: func() any {
	return &scratch{frame: make([]byte, 0, 4096), entries: make([]broker.Entry, 0, deliverBatch)}
}}

// maxScratch is the largest frame buffer that is kept for the next writer.
const maxScratch = 64 << 10

// write is the writer: it ends when nothing is left to write.
func (s *Session) write() {
	defer s.helpers.Done()
	defer s.contain()
	sc := scratches.Get().(*scratch)
	defer func() {
		clear(sc.entries[:cap(sc.entries)])
		if cap(sc.frame) <= maxScratch {
			scratches.Put(sc)
		}
	}()
	for {
		frames, signals, end, ok := s.next()
		switch {
		case !ok:
			return
		case len(frames) > 0:
			ok = s.writeFrames(frames)
		case end != nil:
			s.handshake(end)
			return
		case signals:
			ok = s.writeSignals(sc)
		}
		if !ok {
			s.cut(wire.CloseAbnormal)
		}
	}
}

// next returns what is to be written: frames, else the close, else signals. Not ok: nothing, and the writer ends.
func (s *Session) next() (frames [][]byte, signals bool, end *ending, ok bool) {
	o := &s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.dead:
	case len(o.frames) > 0:
		frames, o.frames, o.bytes = o.frames, nil, 0
		s.mgr.metrics.queued.Add(-float64(len(frames)))
		o.idle.Broadcast()
		return frames, false, nil, true
	case o.end != nil:
		return nil, false, o.end, true
	case o.deliver && o.dirty:
		o.dirty = false
		return nil, true, nil, true
	}
	o.writing = false
	return nil, false, nil, false
}

func (s *Session) writeFrames(frames [][]byte) bool {
	for _, f := range frames {
		if !s.writeFrame(f) {
			return false
		}
	}
	return true
}

// writeFrame writes one text frame. The ticker cuts the socket of a write that takes too long.
func (s *Session) writeFrame(b []byte) bool {
	s.writing.Store(s.mgr.clock())
	err := s.conn.Write(context.Background(), websocket.MessageText, b)
	s.writing.Store(0)
	return err == nil
}

// writeSignals writes one batch from the inbox and comes back for more if it was full.
func (s *Session) writeSignals(sc *scratch) bool {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	cursor := s.cursor.Load()
	entries, err := s.place.Inbox(ctx, cursor, sc.entries[:0])
	if err != nil {
		return s.inboxFailed(err)
	}
	for i := range entries {
		e := &entries[i]
		sc.frame = s.encode(sc.frame[:0], &wire.Message{
			Type: wire.TypeSignal, Seq: e.Seq, From: e.From, N: e.N, Polite: s.peer.Polite(e.From),
			Room: e.Room, Kind: e.Kind, Data: e.Data,
		})
		s.cursor.Store(e.Seq) // before the write: its ack may come while Write returns
		if len(sc.frame) > 0 && !s.writeFrame(sc.frame) {
			return false
		}
		s.mgr.metrics.relay.Observe(time.Since(e.Taken).Seconds())
	}
	if len(entries) == deliverBatch {
		s.Wake()
	}
	return true
}

// handshake closes the socket with a code and waits for the client's close: at most twice 5 s (coder/websocket).
func (s *Session) handshake(e *ending) {
	s.writing.Store(s.mgr.clock())
	_ = s.conn.Close(websocket.StatusCode(e.code), e.code.Reason()) // its error is the client's business
	s.writing.Store(0)
	s.out.mu.Lock()
	s.out.dead = true
	s.out.writing = false
	s.out.mu.Unlock()
}
