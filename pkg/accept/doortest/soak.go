package doortest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Bounds of a soak.
const (
	soakDescriptors = 512 // of the gateway: few enough for crowds to take all
	soakBeat        = 100 * time.Millisecond
	soakPatience    = 10 * time.Second // of a client of a crowd
	soakSlack       = 5 * time.Second  // beyond a nuisance's bound, on a machine that does all of this itself
	soakEnd         = time.Minute      // for everything to come back to what it was
	mostBatches     = 4                // of nuisances, under way at once
	progressEvery   = 10 * time.Second
)

// Soak is a long run of everything that may come to the door, at once, against sessions of which every signal is accounted
// for. Fill in the fields, then Run it once.
type Soak struct {
	// Binary is aldis.
	Binary string
	// Duration is how long faults are given; the whole takes up to two minutes more.
	Duration time.Duration
	// Pairs is how many pairs of sessions talk: 16.
	Pairs int
	// Seed makes the order of faults; the same one gives the same order.
	Seed uint64
	// Say takes lines of progress; nil: nobody.
	Say func(string)

	gateway *Gateway
	pairs   *Pairs
	probes  *Probes
	rand    *rand.Rand
	batches chan struct{}
	under   sync.WaitGroup
	report  Report
}

// Run runs it. The error is of what kept it from running; what the gateway did is in the report.
func (s *Soak) Run(ctx context.Context) (*Report, error) {
	if s.Pairs == 0 {
		s.Pairs = 16
	}
	s.rand = rand.New(rand.NewPCG(s.Seed, 1)) //nolint:gosec // an order to be had again
	s.batches = make(chan struct{}, mostBatches)
	s.report.given = map[string]int{}
	// A socket that was cut may find no place for a while: crowds are not what the grace is for.
	g, err := Start(ctx, s.Binary, soakDescriptors, "--grace=5m")
	if err != nil {
		return nil, err
	}
	s.gateway = g
	err = s.run(ctx)
	if stopErr := g.Stop(); stopErr != nil {
		s.report.wrong = append(s.report.wrong, stopErr.Error())
	}
	return &s.report, err
}

func (s *Soak) run(ctx context.Context) (err error) {
	r, g := &s.report, s.gateway
	v := Knock(ctx, g.URL, soakPatience) // what is made for the first client is not taken for a leak
	if v.Conn == nil {
		return fmt.Errorf("the first client: %s: %w", v.Outcome, v.Err)
	}
	if err := Leave(ctx, v.Conn); err != nil {
		return fmt.Errorf("the first client: %w", err)
	}
	if s.pairs, err = Talk(ctx, g.URL, s.Pairs, soakBeat); err != nil {
		return err
	}
	if r.before, err = g.Quiet(ctx); err == nil {
		s.probes = g.Watch(soakBeat)
		began := time.Now()
		s.faults(ctx, began)
		s.under.Wait()
		r.took = time.Since(began)
		r.settle(ctx, s)
		r.live, r.ready = s.probes.Stop()
	}
	r.account = s.pairs.Stop(context.WithoutCancel(ctx), soakEnd)
	return err
}

// faults gives faults, in decks shuffled anew, until the time is over.
func (s *Soak) faults(ctx context.Context, began time.Time) {
	deck := s.deck()
	said := began
	for {
		s.rand.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		for _, f := range deck {
			if time.Since(began) >= s.Duration || ctx.Err() != nil {
				return
			}
			f.give(ctx)
			if time.Since(said) >= progressEvery {
				said = time.Now()
				s.progress(said.Sub(began))
			}
			_ = Wait(ctx, soakBeat) // then the loop ends
		}
	}
}

func (s *Soak) progress(after time.Duration) {
	if s.Say == nil {
		return
	}
	live, ready := s.probes.Tally()
	wrong := live.No + live.None + ready.No + ready.None + len(s.report.outcomes.Broken()) + len(s.report.lives.Broken())
	s.Say(fmt.Sprintf("%v: %d faults and clients, %d signals arrived, %d complaints", after.Round(time.Second), s.report.sum(), s.pairs.Progress(), wrong))
}

// settle holds what is used now against what was before.
func (r *Report) settle(ctx context.Context, s *Soak) {
	ctx, cancel := context.WithTimeout(ctx, soakEnd)
	defer cancel()
	if err := s.pairs.Advance(ctx, 3); err != nil {
		r.complain("the sessions do not go on: %v", err)
	}
	var err error
	if r.after, err = s.gateway.Settle(ctx, r.before); err != nil {
		r.complain("%v", err)
	}
}
