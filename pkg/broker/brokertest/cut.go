package brokertest

import (
	"fmt"
	"slices"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// answers looks at what was answered. What comes over a socket that is deaf or gone is lost.
func (a *actor) answers() {
	for _, r := range a.mail.take() {
		if r.gen != a.gen || a.link != linkGood {
			continue
		}
		if r.outcome.Code == wire.CodeUnavailable { // not known: it is sent again after the cut
			a.link = linkDeaf
			continue
		}
		i := slices.IndexFunc(a.open, func(f *frame) bool { return f.ID == r.id })
		if i < 0 {
			a.do("Send", fmt.Errorf("%d is answered twice", r.id))
		}
		a.open[i].outcome, a.open[i].final = r.outcome, true
		a.open = slices.Delete(a.open, i, i+1)
	}
}

// cut ends the socket: the client resumes on another one and sends again what is not answered, before any new frame. The
// old pod may notice before, after or never, and may hand over what it held in the meantime.
func (a *actor) cut() {
	a.cuts++
	a.gen++
	old := *a.client
	held := a.held
	a.held, a.link = nil, linkGood
	noticed := a.rng.IntN(3)
	if noticed == 0 {
		a.do("Detach", a.pod.Detach(a.t.Context(), a.Ref))
	}
	if len(held) > 0 {
		a.late.Go(func() {
			for _, f := range held {
				s := f.Signal
				s.From = old.Ref
				old.pod.Send(a.t.Context(), &s, deaf{})
			}
		})
	}
	for lost := true; lost; {
		pod := a.schedule.fleet.pod(a.rng.IntN(8))
		got, err := pod.Attach(a.t.Context(), a.resuming())
		a.do("Attach", err)
		if !got.Resumed || got.N != a.N || got.Seq != a.seq {
			a.do("Attach", fmt.Errorf("resumed %v, n %d of %d, seq %d of %d", got.Resumed, got.N, a.N, got.Seq, a.seq))
		}
		if lost = a.rng.IntN(4) == 0; lost { // the welcome: the client still has the secret of the one before
			if a.rng.IntN(2) == 0 {
				a.do("Detach", pod.Detach(a.t.Context(), got.Ref))
			}
			continue
		}
		a.pod, a.Attachment = pod, got
		if lost = a.rng.IntN(8) == 0; !lost { // cut again before the client's first frame
			a.do("Confirm", pod.Confirm(a.t.Context(), a.Ref))
		}
	}
	if noticed == 1 {
		a.do("Detach", old.pod.Detach(a.t.Context(), old.Ref))
	}
	for _, f := range a.open {
		a.resent++
		a.transmit(f, true)
	}
}

// deaf is the Answerer of a socket that is gone.
type deaf struct{}

// Answer implements broker.Answerer.
func (deaf) Answer(*broker.Signal, broker.Outcome) {}
