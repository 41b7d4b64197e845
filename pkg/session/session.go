package session

import (
	"context"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// maxMalformed is how many malformed frames end a socket (protocol section 5).
const maxMalformed = 10

// Session is one connection.
type Session struct {
	Opening
	mgr *Manager

	// Set before the reader starts, or by it alone.
	conn      *websocket.Conn
	raw       net.Conn   // below conn: closing it ends whatever conn waits for
	place     *hub.Place // nil before the welcome
	peer      wire.PeerID
	bucket    *rate.Limiter
	pace      *rate.Limiter
	malformed int
	confirmed bool // the client has shown a frame since the welcome
	ended     bool // the session was ended for good; no detach follows

	out outbox

	// What the ticker looks at. Times are Manager.clock's, 0 means never.
	welcomed  atomic.Bool
	cursor    atomic.Int64 // number of the last signal written
	lastRead  atomic.Int64
	nextPing  atomic.Int64
	pinging   atomic.Bool
	writing   atomic.Int64 // since when a write has been going on
	iceDue    atomic.Int64
	inboxDue  atomic.Int64 // when an inbox that could not be read is looked into again
	roomsDue  atomic.Int64 // when rosters that could not be read are asked for again
	endDue    atomic.Int64 // when the socket is cut, whatever is still to be written
	leaveDue  atomic.Int64
	leaveCode atomic.Uint32
	closeCode atomic.Uint32 // why the socket ends, once that is known

	listing sync.Mutex     // held from asking for a room until its list is queued: lists of one room go out in their order
	helpers sync.WaitGroup // writer, ping and relist
}

func newSession(m *Manager, o Opening) *Session {
	s := &Session{Opening: o, mgr: m}
	s.out.init(m.cfg.QueueFrames, m.cfg.QueueBytes)
	s.lastRead.Store(m.clock())
	return s
}

// Ping and Pong note that the client has shown itself; they are the WebSocket library's callbacks.
func (s *Session) Ping(context.Context, []byte) bool {
	s.lastRead.Store(s.mgr.clock())
	return true
}

// Pong is Ping for the answer to the gateway's own pings.
func (s *Session) Pong(context.Context, []byte) { s.lastRead.Store(s.mgr.clock()) }

// Abandon gives a prepared session up whose socket could not be upgraded.
func (s *Session) Abandon() { s.mgr.forget(s) }

// Serve runs the session on its socket in a goroutine of its own. Both conn and raw, the connection below it, are the
// session's from here on.
func (s *Session) Serve(conn *websocket.Conn, raw net.Conn) {
	conn.SetReadLimit(-1) // readFrame has its own, which can say why before it closes
	s.out.mu.Lock()
	s.conn, s.raw = conn, raw
	dead := s.out.dead
	if s.out.end != nil { // decided while the request was being upgraded: nobody has begun to write it
		s.kick()
	}
	s.out.mu.Unlock()
	if dead {
		s.cut(wire.CloseAbnormal)
	}
	go s.run()
}

func (s *Session) run() {
	defer s.finish()
	defer s.contain()
	if s.open() {
		s.read()
	}
}

// contain is deferred: one connection's bug is one connection's end.
func (s *Session) contain() {
	if p := recover(); p != nil {
		s.panicked(p)
		s.cut(wire.CloseInternal)
	}
}

func (s *Session) panicked(p any) {
	s.mgr.metrics.panics.Inc()
	s.mgr.deps.Log.Error("session: panic", "panic", p, "remote", s.Remote, "dialect", s.Dialect, "app", s.Grant.App,
		"stack", string(debug.Stack()))
}

// encode is the codec's. A panic in it, on whatever goroutine, has the ticker cut this connection and no other.
func (s *Session) encode(dst []byte, m *wire.Message) (frame []byte) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked(p)
			s.closeCode.CompareAndSwap(0, uint32(wire.CloseInternal))
			s.endDue.Store(1)
			frame = nil
		}
	}()
	return s.Codec.Encode(dst, m)
}

// finish waits for the close handshake, if there is one, frees the socket and gives the place up.
func (s *Session) finish() {
	if !s.out.closing() {
		s.cut(wire.CloseAbnormal)
	}
	s.helpers.Wait()
	s.cut(wire.CloseAbnormal)
	if s.place != nil {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		if !s.ended {
			if err := s.place.Detach(ctx); err != nil {
				s.mgr.deps.Log.Warn("session: detach failed, the broker goes on trying", "peer", s.peer, "err", err)
			}
		}
		s.place.Release()
	}
	code := wire.CloseCode(s.closeCode.Load())
	s.mgr.metrics.closed(code)
	s.mgr.deps.Log.Debug("session: closed", "remote", s.Remote, "dialect", s.Dialect, "app", s.Grant.App, "peer", s.peer,
		"code", uint16(code), "reason", code.Reason(), "age", time.Since(s.Began).Round(time.Millisecond))
	s.mgr.forget(s)
}

// storeTimeout bounds what a session asks of the broker.
const storeTimeout = 5 * time.Second
