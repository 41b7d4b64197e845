package doortest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// fault is one thing that is done to a gateway during a soak.
type fault struct {
	name string
	give func(ctx context.Context)
}

// Sizes of the faults.
const (
	batch   = 20  // nuisances of one kind at once
	crowd   = 600 // more than there are descriptors
	starved = 30  // clients that come at once while there are hardly any descriptors
	spare   = 20  // how many those are

	starvedRounds = 8  // in which they come; who gets in stays
	loadRate      = 50 // good clients a second
	loadSpan      = 2 * time.Second
	freezeMost    = time.Second
	readyWithin   = 2 * time.Second // after being frozen
)

// deck is each kind of fault once.
func (s *Soak) deck() []fault {
	deck := []fault{
		{"crowd", s.crowd}, {"good clients", s.load}, {"cut sessions", s.cut}, {"freeze", s.freeze}, {"no descriptors", s.starve},
		{"cut sessions", s.cut},
	}
	for _, n := range Nuisances {
		deck = append(deck, fault{n.Name, func(ctx context.Context) { s.annoy(ctx, n) }})
	}
	return deck
}

// annoy brings a batch of one kind, which goes on beside what comes next.
func (s *Soak) annoy(ctx context.Context, n Nuisance) {
	select {
	case s.batches <- struct{}{}:
	case <-ctx.Done():
		return
	}
	s.report.gave(n.Name, batch)
	s.under.Go(func() {
		defer func() { <-s.batches }()
		s.report.lives.Once(ctx, n, s.gateway.Addr, batch, soakSlack)
	})
}

// crowd takes all places for a moment.
func (s *Soak) crowd(ctx context.Context) {
	s.report.gave("crowds of clients", crowd)
	leave(ctx, s.come(ctx, crowd))
}

// come brings n clients at once and returns those that were welcomed.
func (s *Soak) come(ctx context.Context, n int) (stay []*websocket.Conn) {
	for _, v := range Crowd(ctx, s.gateway.URL, n, soakPatience) {
		if ctx.Err() == nil || v.Outcome.Clear() {
			s.report.outcomes.Add(v)
		}
		if v.Conn != nil {
			stay = append(stay, v.Conn)
		}
	}
	return stay
}

// leave says bye for all. An error is no matter here: a connection may be another fault's, and sessions are others.
func leave(ctx context.Context, conns []*websocket.Conn) {
	var leaving sync.WaitGroup
	for _, c := range conns {
		leaving.Go(func() { _ = Leave(ctx, c) })
	}
	leaving.Wait()
}

func (s *Soak) load(ctx context.Context) {
	s.report.gave("good clients", Load(ctx, s.gateway.URL, loadRate, loadSpan, soakPatience, &s.report.outcomes))
}

// cut resets the sockets of some sessions, which resume.
func (s *Soak) cut(context.Context) {
	for range 3 {
		s.report.gave("sessions' sockets reset", 1)
		s.pairs.Cut(s.rand.IntN(2 * s.Pairs))
	}
}

// freeze stops the process for up to a second. Probes are not answered then, and count again when it is ready.
func (s *Soak) freeze(ctx context.Context) {
	s.report.gave("freezes", 1)
	s.probes.Excuse(true)
	defer s.probes.Excuse(false)
	if err := s.gateway.Freeze(ctx, time.Duration(s.rand.Int64N(int64(freezeMost)))); err != nil {
		if ctx.Err() == nil {
			s.report.complain("freeze: %v", err)
		}
		return
	}
	within, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		status, body, err := s.gateway.Probe(within, "/readyz")
		if err == nil && status == http.StatusOK || ctx.Err() != nil {
			return
		}
		if within.Err() != nil {
			s.report.complain("not ready %v after a freeze: %d %s %v", readyWithin, status, body, err)
			return
		}
	}
}

// starve leaves the gateway hardly any descriptor while clients come.
func (s *Soak) starve(ctx context.Context) {
	now, err := s.gateway.look(ctx)
	if err == nil {
		var relief func() error
		if relief, err = s.gateway.Starve(now.Descriptors, spare); err == nil {
			s.report.gave("starvations", 1)
			var stay []*websocket.Conn
			for range starvedRounds {
				stay = append(stay, s.come(ctx, starved)...)
				_ = Wait(ctx, 300*time.Millisecond) // over at once when all is
			}
			err = relief()
			leave(ctx, stay)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.report.complain("starve: %v", err)
	}
}
