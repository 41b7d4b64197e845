package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// burstSeconds is how many seconds' worth of signals a session may send at once.
const burstSeconds = 10

// A session's frames of all types are read at no more than paceFactor times its rate of signals, or minPace a second, with one
// second's worth at once: a flood of pings or acks waits in the client's own socket.
const (
	paceFactor = 20
	minPace    = 1000.0
)

// Waits that clients are told with a refusal.
const (
	retryTaken      = 2 * time.Second
	retryStore      = 500 * time.Millisecond
	retryOverloaded = 5 * time.Second
)

// open reads the hello, attaches the session and tells the welcome; false: the socket is ending.
func (s *Session) open() bool {
	return s.readOne(min(s.mgr.cfg.MaxHello, s.mgr.cfg.MaxFrame), func(frame []byte) bool {
		var m wire.Message
		if err := s.Codec.Decode(frame, &m); err != nil {
			return s.badHello("the first frame is no hello: " + err.Error())
		}
		if m.Type != wire.TypeHello {
			return s.badHello("the first frame is a hello")
		}
		if len(m.Meta) > s.mgr.cfg.MaxMeta {
			return s.badHello("meta is too long")
		}
		return s.hello(&m)
	})
}

func (s *Session) badHello(text string) bool {
	s.close(ending{code: wire.CloseBadHello, text: text})
	return false
}

func (s *Session) hello(m *wire.Message) bool {
	var resumes wire.PeerID
	if m.Resume != nil {
		resumes = broker.SessionPeer(m.Resume.Session)
	}
	peer, refusal := s.mgr.deps.Gate.Hello(&s.Grant, m, resumes)
	if refusal != nil {
		s.close(ending{code: refusal.Close, text: refusal.Detail, retry: refusal.RetryAfter})
		return false
	}
	s.peer = peer
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	place, a, err := s.mgr.deps.Hub.Attach(ctx, s, broker.AttachRequest{
		Address: broker.Address{App: s.Grant.App, Peer: peer},
		Resume:  m.Resume,
		Replace: s.Grant.Replace || s.Grant.Subject == peer,
		Meta:    slices.Clone(m.Meta),
		Grace:   s.mgr.cfg.Grace,
	})
	if a.WrongSecret {
		s.mgr.metrics.wrongSecrets.Inc()
	}
	if err != nil {
		s.close(attachFailed(err))
		return false
	}
	s.place = place
	s.cursor.Store(a.Seq)
	rps := s.mgr.cfg.SignalsPerSecond
	s.bucket = rate.NewLimiter(rate.Limit(rps), max(1, int(rps*burstSeconds)))
	frames := max(minPace, paceFactor*rps)
	s.pace = rate.NewLimiter(rate.Limit(frames), int(frames))
	s.welcome(a)
	return s.rosters(a.Rooms)
}

func attachFailed(err error) ending {
	switch {
	case errors.Is(err, broker.ErrTaken):
		return ending{code: wire.ClosePeerTaken, text: "another session holds this peer", retry: retryTaken}
	case errors.Is(err, broker.ErrFull):
		return ending{code: wire.CloseOverloaded, text: "too many sessions", retry: retryOverloaded}
	}
	return ending{code: wire.CloseUnavailable, text: "the store does not answer", retry: retryStore}
}

func (s *Session) welcome(a broker.Attachment) {
	cfg := &s.mgr.cfg
	set := s.iceServers()
	b := s.encode(nil, &wire.Message{
		Type: wire.TypeWelcome, App: s.Grant.App, Peer: s.peer, N: a.N, Session: a.Session, Secret: a.Secret,
		Resumed: a.Resumed, Seq: a.Seq, Grace: cfg.Grace.Seconds(), Heartbeat: cfg.Heartbeat.Seconds(),
		MaxFrame: cfg.MaxFrame, Window: wire.Window,
		Limits: &wire.Limits{Meta: cfg.MaxMeta, Rooms: cfg.MaxRooms, Inbox: s.mgr.deps.Inbox, SignalsPerSec: cfg.SignalsPerSecond},
		ICE:    &set,
	})
	s.out.mu.Lock()
	s.queue(b)
	s.out.ready = true
	leaving := s.out.leaving
	if s.out.gap {
		s.gap()
	}
	s.out.mu.Unlock()
	now := time.Now()
	if leaving != "" {
		s.goaway(leaving)
	}
	s.nextPing.Store(s.mgr.clock() + int64(cfg.Heartbeat))
	s.welcomed.Store(true)
	s.mgr.metrics.handshake.Observe(now.Sub(s.Began).Seconds())
	s.mgr.metrics.welcomes(a.Resumed)
	s.mgr.deps.Log.Debug("session: open", "remote", s.Remote, "dialect", s.Dialect, "app", s.Grant.App, "peer", s.peer,
		"n", a.N, "resumed", a.Resumed)
}

// iceServers returns the servers for this peer and sees to it that they are told again in time.
func (s *Session) iceServers() wire.ICE {
	set := s.mgr.deps.ICE.For(string(s.Grant.App), string(s.peer))
	out := wire.ICE{Servers: []wire.ICEServer{}, TTL: set.TTL.Seconds()}
	for _, sv := range set.Servers {
		out.Servers = append(out.Servers, wire.ICEServer(sv))
	}
	if len(set.Servers) > 0 {
		s.iceDue.Store(s.mgr.clock() + int64(set.TTL*3/4))
	}
	return out
}
