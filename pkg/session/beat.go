package session

import (
	"context"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// silence is what a socket may add to two heartbeats before it is dropped (protocol section 4).
const silence = 5 * time.Second

// tick looks at the sessions' times until ctx ends: often enough for the shortest of them, at most every 250 ms.
func (m *Manager) tick(ctx context.Context) {
	every := min(250*time.Millisecond, max(10*time.Millisecond, min(m.cfg.Heartbeat, m.cfg.HelloTimeout, m.cfg.WriteTimeout)/10))
	t := time.NewTicker(every)
	defer t.Stop()
	var list []*Session // kept: four of them a second are much garbage for many sessions
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			m.mu.Lock()
			for s := range m.live {
				list = append(list, s)
			}
			m.mu.Unlock()
			for _, s := range list {
				s.beat(now)
			}
			clear(list)
			list = list[:0]
		}
	}
}

// beat does what is due at now.
func (s *Session) beat(now time.Time) {
	cfg := &s.mgr.cfg
	at := s.mgr.clockAt(now)
	due := func(t int64) bool { return t != 0 && at >= t }
	if due(s.endDue.Load()) {
		s.cut(wire.CloseAbnormal)
		return
	}
	if w := s.writing.Load(); w != 0 && at-w > int64(cfg.WriteTimeout) {
		s.cut(wire.CloseSlowConsumer)
		return
	}
	if s.out.closing() {
		return
	}
	last := s.lastRead.Load()
	switch {
	case !s.welcomed.Load():
		if now.Sub(s.Began) > cfg.HelloTimeout {
			s.close(ending{code: wire.CloseHelloTimeout, text: "no hello came in time", retry: time.Second})
		}
	case at-last > int64(2*cfg.Heartbeat+silence):
		s.mgr.metrics.silent.Inc()
		s.cut(wire.CloseAbnormal)
		return
	case due(s.nextPing.Load()):
		s.nextPing.Store(at + int64(cfg.Heartbeat))
		s.ping()
	}
	if due(s.iceDue.Load()) {
		s.iceDue.Store(0)
		set := s.iceServers()
		s.tell(&wire.Message{Type: wire.TypeICE, Servers: set.Servers, TTL: set.TTL})
	}
	if due(s.inboxDue.Load()) {
		s.inboxDue.Store(0)
		s.Wake()
	}
	if due(s.roomsDue.Load()) {
		s.roomsDue.Store(0)
		s.out.mu.Lock()
		s.relisting()
		s.out.mu.Unlock()
	}
	if due(s.leaveDue.Load()) {
		s.close(ending{code: wire.CloseCode(s.leaveCode.Load())})
	}
}

// ping sends a WebSocket ping and waits for its pong in a goroutine of its own, one at a time.
func (s *Session) ping() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.out.dead || s.out.end != nil || !s.pinging.CompareAndSwap(false, true) {
		return
	}
	s.helpers.Add(1)
	go func() {
		defer s.helpers.Done()
		defer s.pinging.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), s.mgr.cfg.Heartbeat)
		defer cancel()
		_ = s.conn.Ping(ctx) // silence is what counts, and that is seen above
	}()
}

// leave tells the client to go elsewhere and closes the socket with code when within has passed.
func (s *Session) leave(reason string, code wire.CloseCode, within time.Duration) {
	s.leaveCode.Store(uint32(code))
	s.leaveDue.Store(s.mgr.clock() + int64(within))
	s.out.mu.Lock()
	s.out.leaving = reason // a client whose hello is under way is told after its welcome
	s.out.mu.Unlock()
	s.goaway(reason)
}

func (s *Session) goaway(reason string) {
	within := time.Duration(max(0, s.leaveDue.Load()-s.mgr.clock()))
	s.told(&wire.Message{Type: wire.TypeGoaway, Reason: reason, Within: within.Seconds()})
}
