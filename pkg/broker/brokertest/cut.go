package brokertest

import (
	"errors"
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
	anew := false
	for lost := true; lost; {
		pod := a.schedule.fleet.pod(a.rng.IntN(8))
		req := a.resuming()
		req.Replace = a.schedule.lossy // its secret may be among what is lost
		got, err := pod.Attach(a.t.Context(), req)
		a.do("Attach", err)
		fresh := a.schedule.lossy && !got.Resumed
		if !fresh && (!got.Resumed || got.N != a.N || got.Seq != a.seq) {
			a.do("Attach", fmt.Errorf("resumed %v, n %d of %d, seq %d of %d", got.Resumed, got.N, a.N, got.Seq, a.seq))
		}
		if lost = a.rng.IntN(4) == 0; lost { // the welcome: the client still has the secret of the one before
			if a.rng.IntN(2) == 0 {
				a.do("Detach", pod.Detach(a.t.Context(), got.Ref))
			}
			continue
		}
		a.pod, a.Attachment = pod, got
		if fresh {
			a.begin()
			anew = true
		}
		if lost = a.rng.IntN(8) == 0; !lost { // cut again before the client's first frame
			err := pod.Confirm(a.t.Context(), a.Ref)
			if lost = a.excused(err); !lost {
				a.do("Confirm", err)
			}
		}
	}
	if noticed == 1 {
		a.do("Detach", old.pod.Detach(a.t.Context(), old.Ref))
	}
	if anew {
		_, err := a.pod.Join(a.t.Context(), a.Ref, a.schedule.room, nil)
		a.do("Join", err)
	}
	for _, f := range a.open {
		a.resent++
		a.transmit(f, true)
	}
}

// begin goes on in a new session, for the old one is lost: what was not answered in it is given up.
func (a *actor) begin() {
	a.seq = a.Seq
	for _, f := range a.open {
		f.unknown = true
	}
	a.open = nil
}

// maxFences is how many attachments an actor may lose to what befalls the store.
const maxFences = 100

// excused reports whether err says that the attachment is lost, and Midway may be the cause.
func (a *actor) excused(err error) bool {
	if a.schedule.fleet.midway == nil || !errors.Is(err, broker.ErrFenced) || a.fences == maxFences {
		return false
	}
	a.fences++
	return true
}

// fenced cuts the socket where err is excused.
func (a *actor) fenced(err error) bool {
	if !a.excused(err) {
		return false
	}
	a.cut()
	return true
}

// lost reports whether the pod was told that Midway has cost it the attachment: under its mu.
func (a *actor) lost() bool {
	if a.schedule.fleet.midway == nil {
		return false
	}
	code, is := a.pod.loss(a.Ref)
	return is && code == wire.CloseLeaseLost
}

// deaf is the Answerer of a socket that is gone.
type deaf struct{}

// Answer implements broker.Answerer.
func (deaf) Answer(*broker.Signal, broker.Outcome) {}
