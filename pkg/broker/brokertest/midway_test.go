package brokertest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shaky is a broker whose store goes away, or takes signals and loses them, for as many calls as left says.
type shaky struct {
	broker.Broker
	sink broker.Sink

	mu   sync.Mutex
	refs map[broker.Address]broker.Ref // the newest attachments
	left int                           // calls
	leak bool                          // they are signals that are lost, else what the store does not answer
	over chan struct{}                 // closed when none is left
	hits int
}

func (s *shaky) Start(ctx context.Context, sink broker.Sink) error {
	s.sink = sink
	return s.Broker.Start(ctx, muffled{sink, s})
}

// muffled is a Sink that hears of no room while its store is away.
type muffled struct {
	broker.Sink
	s *shaky
}

func (m muffled) Presence(room broker.RoomAddress, p broker.Presence) {
	m.s.mu.Lock()
	away := m.s.left > 0 && !m.s.leak
	m.s.mu.Unlock()
	if !away {
		m.Sink.Presence(room, p)
	}
}

// hit counts a call down and reports whether it is one of them.
func (s *shaky) hit(leak bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 || s.leak != leak {
		return false
	}
	s.hits++
	if s.left--; s.left == 0 {
		close(s.over)
	}
	return true
}

// shake has the next n calls fail, waits for them, and returns the attachments.
func (s *shaky) shake(n int, leak bool) (refs []broker.Ref) {
	over := make(chan struct{})
	s.mu.Lock()
	s.left, s.leak, s.over = n, leak, over
	s.mu.Unlock()
	<-over
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ref := range s.refs {
		refs = append(refs, ref)
	}
	return refs
}

func (s *shaky) Attach(ctx context.Context, req broker.AttachRequest) (broker.Attachment, error) {
	if s.hit(false) {
		return broker.Attachment{}, broker.ErrUnavailable
	}
	a, err := s.Broker.Attach(ctx, req)
	if err == nil {
		s.mu.Lock()
		s.refs[req.Address] = a.Ref
		s.mu.Unlock()
	}
	return a, err
}

func (s *shaky) Inbox(ctx context.Context, ref broker.Ref, seq int64, buf []broker.Entry) ([]broker.Entry, error) {
	if s.hit(false) {
		return nil, broker.ErrUnavailable
	}
	return s.Broker.Inbox(ctx, ref, seq, buf)
}

func (s *shaky) Ack(ctx context.Context, ref broker.Ref, seq int64) error {
	if s.hit(false) {
		return broker.ErrUnavailable
	}
	return s.Broker.Ack(ctx, ref, seq)
}

func (s *shaky) Send(ctx context.Context, sig *broker.Signal, to broker.Answerer) {
	switch {
	case s.hit(false):
		to.Answer(sig, broker.Outcome{Code: wire.CodeUnavailable})
	case s.hit(true):
		o := broker.Outcome{}
		if sig.To == "" {
			o.Receivers = actors - 1
		}
		to.Answer(sig, o)
	default:
		s.Broker.Send(ctx, sig, to)
	}
}

func openShaky(midway func(s *shaky), lossy bool, made **shaky) Open {
	return func(_ testing.TB, limits broker.Limits) Fleet {
		s := &shaky{Broker: memory.New(limits), refs: make(map[broker.Address]broker.Ref)}
		*made = s
		return Fleet{Pods: []broker.Broker{s}, Midway: func() { midway(s) }, Lossy: lossy,
			Leftovers: func() int { m := s.Broker.(*memory.Broker); return m.Sessions() + m.Rooms() }}
	}
}

// TestMidway runs what calls Midway over a store that goes away and then gives attachments up, and over one that loses signals
// and a session.
func TestMidway(t *testing.T) {
	away := func(s *shaky) {
		for i, ref := range s.shake(200, false) {
			if i%2 == 0 && s.Detach(context.Background(), ref) == nil {
				s.sink.Lost(ref, wire.CloseLeaseLost)
			}
		}
		for _, room := range []wire.RoomID{"r0", "r1"} {
			s.sink.Stale(broker.RoomAddress{App: app, Room: room})
		}
	}
	losing := func(s *shaky) {
		for _, ref := range s.shake(100, true) {
			if ref.Peer == "actor0" && s.End(context.Background(), ref) == nil {
				s.sink.Lost(ref, wire.CloseLeaseLost)
			}
			if strings.HasPrefix(string(ref.Peer), "actor") {
				s.sink.Gap(ref.Address)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		midway func(*shaky)
		lossy  bool
		hits   int
		test   func(*testing.T, *fleet)
	}{
		{"schedules, away", away, false, 200, testSchedules},
		{"crowd, away", away, false, 200, testCrowd},
		{"schedules, lossy", losing, true, 100, testSchedules},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s *shaky
			f := start(t, openShaky(tt.midway, tt.lossy, &s), broker.Limits{InboxSignals: 64, RoomPeers: 12})
			tt.test(t, f)
			if s.hits != tt.hits {
				t.Errorf("%d calls of %d were hit", s.hits, tt.hits)
			}
		})
	}
}

// TestRecorder waits for what it records.
func TestRecorder(t *testing.T) {
	r := newRecorder()
	alice, room := broker.Address{App: app, Peer: "alice"}, broker.RoomAddress{App: app, Room: "r"}
	r.Gap(alice)
	r.Stale(room)
	r.gapped(t, alice, 0)
	r.staled(t, room, 0)
	go r.Gap(alice)
	r.gapped(t, alice, 1)
	go r.Stale(room)
	r.staled(t, room, 1)
}
