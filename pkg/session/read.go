package session

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// buffers hold a frame while it is read and handled; a session that is silent has none.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// Ends of reading that are the client's doing.
var (
	errBinary  = errors.New("a binary frame")
	errTooBig  = errors.New("a frame that is too long")
	errNotUTF8 = errors.New("a text frame that is not UTF-8")
)

// read handles frames until the socket or the session ends.
func (s *Session) read() {
	for s.readOne(s.mgr.cfg.MaxFrame, s.handle) {
	}
}

// readOne reads a frame of at most limit bytes and gives it to handle, which reports whether to go on.
func (s *Session) readOne(limit int, handle func(frame []byte) bool) bool {
	typ, r, err := s.conn.Reader(context.Background())
	if err != nil {
		s.readFailed(err)
		return false
	}
	s.lastRead.Store(s.mgr.clock())
	bp := buffers.Get().(*[]byte)
	defer func() {
		if cap(*bp) <= maxScratch {
			buffers.Put(bp)
		}
	}()
	if typ != websocket.MessageText {
		err = errBinary
	} else {
		*bp, err = readAll(r, (*bp)[:0], limit)
	}
	if err == nil && !utf8.Valid(*bp) {
		err = errNotUTF8
	}
	if err != nil {
		s.readFailed(err)
		return false
	}
	if s.out.closing() {
		return false // the writer reads on, up to the client's close
	}
	return handle(*bp)
}

// readAll reads r into buf, or errTooBig where it is longer than limit.
func readAll(r io.Reader, buf []byte, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), limit+1)]) // Read waits until its slice is full
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf[:0], errTooBig
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf[:0], err
		}
	}
}

// readFailed decides what the end of reading means for the socket.
func (s *Session) readFailed(err error) {
	var netErr net.Error
	status := websocket.CloseStatus(err)
	switch {
	case errors.Is(err, errBinary):
		s.close(ending{code: wire.CloseBinary, name: wire.CodeBadFrame, text: "frames are text"})
	case errors.Is(err, errTooBig):
		s.close(ending{code: wire.CloseTooBig, text: "the frame is longer than allowed here; welcome tells max_frame"})
	case errors.Is(err, errNotUTF8):
		s.close(ending{code: wire.CloseInvalidUTF8, name: wire.CodeBadFrame, text: "frames are UTF-8"})
	case status == websocket.StatusNormalClosure || status == websocket.StatusGoingAway:
		s.closeCode.CompareAndSwap(0, uint32(status))
	case status != -1, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.As(err, &netErr):
		s.closeCode.CompareAndSwap(0, uint32(wire.CloseAbnormal))
	default: // what is left is a frame that RFC 6455 forbids
		s.close(ending{code: wire.CloseForbiddenRFC, name: wire.CodeBadFrame, text: "not a WebSocket frame of RFC 6455"})
	}
}

// refuseFrame answers a frame that could not be read, and ends the socket at the tenth that was malformed.
func (s *Session) refuseFrame(err error) bool {
	var de *dialect.Error
	if !errors.As(err, &de) {
		de = &dialect.Error{Code: wire.CodeBadFrame, Text: "the frame cannot be read"}
	}
	s.fail(de.ID, de.Code, de.Text, 0)
	if de.Code != wire.CodeBadFrame {
		return true
	}
	if s.malformed++; s.malformed < maxMalformed {
		return true
	}
	s.close(ending{code: wire.CloseProtocolError, text: "too many malformed frames"})
	return false
}

// fail answers a frame with an error.
func (s *Session) fail(id int64, code wire.Code, text string, retry time.Duration) {
	s.mgr.metrics.refused(code)
	s.tell(&wire.Message{Type: wire.TypeError, ID: id, Code: code, Text: text, RetryAfter: retry.Seconds()})
}
