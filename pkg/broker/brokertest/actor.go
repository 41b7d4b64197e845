package brokertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// actor is a client, the network before it and the pod that serves it, as its seed has drawn them. All of it runs on one
// goroutine but the answers, which come from anywhere.
type actor struct {
	*client
	schedule *schedule
	rng      *rand.Rand

	all, open []*frame // all frames, and those without a final answer, in order
	link      link
	held      []*frame // have reached the pod, which hands them over after it has lost the session
	got       []reading

	mail *mailbox
	gen  int            // of the socket; answers to an earlier one are lost
	late sync.WaitGroup // hand-overs of held frames

	resent, cuts, fences int
}

// link is how well the socket does. It gets worse until it is cut.
type link int

const (
	linkGood link = iota
	linkDeaf      // nothing reaches the client any more
	linkHeld      // and its frames wait somewhere on their way
	linkDead      // and its frames are lost
)

type frame struct {
	broker.Signal
	outcome broker.Outcome
	final   bool
	unknown bool // its session was lost before its answer
}

// reading is a signal that was read, by which incarnation.
type reading struct {
	sent
	n int64
}

// sent names a signal, as its data does.
type sent struct {
	from wire.PeerID
	id   int64
}

func (a *actor) run() {
	finish := sync.OnceFunc(a.schedule.finish)
	defer finish()
	for len(a.all) < signalsOfActor || len(a.open) > 0 {
		a.answers()
		switch n := a.rng.IntN(100); {
		case n < 70:
			a.next()
		case n < 86:
			a.take(1 + a.rng.IntN(40))
		case n < 92 && a.link < linkHeld:
			a.ackRead()
		case n < 97:
			a.link = min(a.link+1+link(a.rng.IntN(2)), linkDead)
		case n < 99:
			a.cut()
		}
	}
	if a.link != linkGood {
		a.cut()
	}
	finish()
	for !a.schedule.over() {
		before := a.pod.wakesOf(a.Address)
		for a.take(100) > 0 {
			a.ackRead()
		}
		lost := false
		a.pod.until(a.t, "signals or the end", func() bool {
			lost = a.lost()
			return lost || a.pod.wakes[a.Address] > before || a.schedule.over()
		})
		if lost {
			a.cut()
		}
	}
}

// do ends the actor where err says that it was refused.
func (a *actor) do(what string, err error) {
	if err != nil {
		a.t.Errorf("%s of %s: %v", what, a.Peer, err)
		runtime.Goexit()
	}
}

// next sends a new frame, or waits for answers or cuts the socket where the protocol's window allows none.
func (a *actor) next() {
	id := a.id + 1 + a.rng.Int64N(2)
	full := len(a.open) > 0 && (len(a.open) >= wire.Window || id >= a.open[0].ID+wire.Span)
	switch {
	case full && a.link != linkGood:
		a.cut()
		return
	case full || len(a.all) == signalsOfActor && a.link == linkGood && len(a.open) > 0:
		a.mail.wait(a)
		return
	case len(a.all) == signalsOfActor:
		if a.link != linkGood {
			a.cut()
		}
		return
	}
	a.id = id
	a.schedule.run.step()
	f := &frame{Signal: broker.Signal{ID: id, Kind: "k", Data: json.RawMessage(fmt.Sprintf(`{"from":%q , "id":%d}`, a.Peer, id))}}
	if n := a.rng.IntN(10); n < 7 {
		f.To = a.schedule.peer(a.rng.IntN(actors))
	} else if f.Room = a.schedule.room; n == 9 {
		f.To = a.schedule.peer(a.rng.IntN(actors))
	}
	a.all, a.open = append(a.all, f), append(a.open, f)
	if a.rng.IntN(30) == 0 && a.link < linkHeld { // refused above the broker, which never hears of it
		a.mail.put(a.gen, id, broker.Outcome{Code: wire.CodeRateLimited})
		return
	}
	a.transmit(f, false)
}

func (a *actor) transmit(f *frame, again bool) {
	switch a.link {
	case linkDead:
		return
	case linkHeld:
		a.held = append(a.held, f)
		return
	}
	s := f.Signal
	s.From, s.Again = a.Ref, again
	a.pod.Send(a.t.Context(), &s, ear{a.mail, a.gen})
}

// take reads up to n signals, if they reach the client, and returns how many there were.
func (a *actor) take(n int) int {
	if a.link != linkGood {
		return 0
	}
	list, err := a.pod.Inbox(a.t.Context(), a.Ref, a.seq, make([]broker.Entry, 0, n))
	if a.fenced(err) {
		return a.take(n)
	}
	a.do("Inbox", err)
	for _, e := range list {
		var d struct {
			From wire.PeerID
			ID   int64
		}
		if e.Seq != a.seq+1 && !(a.schedule.lossy && e.Seq > a.seq) {
			a.do("Inbox", fmt.Errorf("seq %d after %d", e.Seq, a.seq))
		}
		a.seq = e.Seq
		if err := json.Unmarshal(e.Data, &d); err != nil || d.From != e.From || e.Kind != "k" {
			a.do("Inbox", fmt.Errorf("%+v %q: %w", e, e.Data, err))
		}
		a.got = append(a.got, reading{sent{e.From, d.ID}, a.N})
	}
	return len(list)
}

// ackRead acks what the client has read.
func (a *actor) ackRead() {
	if err := a.pod.Ack(a.t.Context(), a.Ref, a.seq); !a.fenced(err) {
		a.do("Ack", err)
	}
}
