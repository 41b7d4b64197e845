package client

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func sig(to wire.PeerID) *call {
	return &call{msg: wire.Message{Type: wire.TypeSignal, To: to}, done: make(chan answer, 1)}
}

func newPending(calls ...*call) *pending { return &pending{window: wire.Window, waiting: calls} }

func pickID(p *pending, now time.Time) int64 {
	if c, _ := p.pick(now); c != nil {
		return c.msg.ID
	}
	return 0
}

// TestWindow holds the ids to protocol section 3: at most window unanswered, none 64 or more above the lowest of them.
func TestWindow(t *testing.T) {
	now := time.Now()
	p := newPending()
	for range 200 {
		p.waiting = append(p.waiting, sig("bob"))
	}
	for i := int64(1); i <= wire.Window; i++ {
		if id := pickID(p, now); id != i {
			t.Fatalf("id %d, want %d", id, i)
		}
	}
	if id := pickID(p, now); id != 0 {
		t.Fatalf("id %d over the window", id)
	}
	// All but the first are answered as they come: the span is what ends it then.
	last := int64(wire.Window)
	for id := int64(2); ; id++ {
		p.remove(p.find(id))
		got := pickID(p, now)
		if got == 0 {
			break
		}
		if last = got; last > 200 {
			t.Fatal("the span has no end")
		}
	}
	if last != wire.Span {
		t.Fatalf("highest id %d beside an unanswered 1, want %d", last, wire.Span)
	}
	p.remove(p.find(1))
	if id := pickID(p, now); id != wire.Span+1 {
		t.Fatalf("id %d after the lowest was answered", id)
	}
}

// TestPendingLaws drives pending at random and holds each frame that goes out to what the protocol says of it.
func TestPendingLaws(t *testing.T) {
	who := places{"r": {"a", "b"}, "s": {"b", "c"}, "t": {"d"}}
	kinds := []func() *call{
		func() *call { return sig("a") }, func() *call { return sig("b") }, func() *call { return sig("d") },
		func() *call { return toRoom("r") }, func() *call { return toRoom("s") }, func() *call { return toRoom("t") },
		func() *call { return toMember("s", "c") }, func() *call { return about(wire.TypeJoin, "r") },
	}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := &pending{window: 1 + r.IntN(wire.Window), who: who}
		var queued []*call // in the order of the calls, without those answered
		now := time.Unix(1, 0)
		var highest, onSocket int64 // ids: given at all, sent again on this socket
		fresh := false              // a new frame went out on this socket
		left := 400
		for steps := 0; left > 0 || len(p.open)+len(p.waiting) > 0; steps++ {
			if steps > 100_000 {
				t.Fatalf("seed %d: stuck with %d open, %d waiting", seed, len(p.open), len(p.waiting))
			}
			switch k := r.IntN(20); {
			case k < 5 && left > 0:
				left--
				c := kinds[r.IntN(len(kinds))]()
				p.waiting, queued = append(p.waiting, c), append(queued, c)
			case k < 12:
				c, wake := p.pick(now)
				if c == nil {
					if !wake.IsZero() {
						now = wake
					}
					continue
				}
				at := slices.Index(queued, c)
				for i, o := range queued {
					earlier := o.sent && o.msg.ID < c.msg.ID || !o.sent && i < at
					if earlier && (!o.out || o.held && !c.msg.Again) && mayShare(who, o, c) {
						t.Fatalf("seed %d: %+v went out before %+v", seed, c.msg, o.msg)
					}
				}
				out := 0
				for _, o := range p.open {
					if o.out {
						out++
					}
				}
				if out > p.window || c.msg.ID-p.open[0].msg.ID >= wire.Span {
					t.Fatalf("seed %d: %d unanswered, id %d with lowest %d", seed, out, c.msg.ID, p.open[0].msg.ID)
				}
				switch {
				case c.msg.Again && (c.msg.ID > highest):
					t.Fatalf("seed %d: again on the new id %d", seed, c.msg.ID)
				case !c.msg.Again && c.msg.ID <= highest:
					t.Fatalf("seed %d: id %d again without again", seed, c.msg.ID)
				case c.msg.Again && !c.held && (fresh || c.msg.ID <= onSocket):
					t.Fatalf("seed %d: id %d sent again out of order", seed, c.msg.ID)
				}
				if highest = max(highest, c.msg.ID); !c.msg.Again {
					fresh = true
				} else if !c.held {
					onSocket = c.msg.ID
				}
			case k < 18 && len(p.open) > 0:
				c := p.open[r.IntN(len(p.open))]
				if !c.out {
					continue
				}
				if r.IntN(4) == 0 {
					p.postpone(c, now.Add(time.Duration(r.IntN(1000))*time.Millisecond))
				} else {
					p.remove(c)
					queued = slices.DeleteFunc(queued, func(o *call) bool { return o == c })
				}
			case k == 19:
				p.resume()
				fresh, onSocket = false, 0
			}
		}
	}
}

// mayShare is what the order is about: a room in common where one of the two is about it, else a receiver, where those
// of a signal to a room that was sent, or of one that follows what was sent, may be anybody.
func mayShare(who places, earlier, later *call) bool {
	a, b := &earlier.msg, &later.msg
	if a.Type != wire.TypeSignal || b.Type != wire.TypeSignal {
		return a.Room == b.Room
	}
	receivers := func(m *wire.Message) []wire.PeerID {
		if m.To != "" {
			return []wire.PeerID{m.To}
		}
		return who[m.Room]
	}
	if earlier.sent && (a.To == "" || b.To == "") {
		return true
	}
	return slices.ContainsFunc(receivers(a), func(peer wire.PeerID) bool { return slices.Contains(receivers(b), peer) })
}

func TestUnavailableHoldsBackItsTargetOnly(t *testing.T) {
	now := time.Now()
	p := newPending(sig("bob"), sig("bob"), sig("carol"))
	first, _ := p.pick(now)
	p.postpone(first, now.Add(time.Second))
	if c, wake := p.pick(now); c == nil || c.msg.To != "carol" || !wake.Equal(now.Add(time.Second)) {
		t.Fatalf("got %+v, wake %v", c, wake)
	}
	if c, wake := p.pick(now); c != nil || !wake.Equal(now.Add(time.Second)) {
		t.Fatalf("got %+v, wake %v", c, wake)
	}
	now = now.Add(time.Second)
	if c, _ := p.pick(now); c != first || !c.msg.Again {
		t.Fatalf("got %+v", c)
	}
	if c, wake := p.pick(now); c != nil || !wake.IsZero() {
		t.Fatalf("the second went out before the first had its answer: %+v", c)
	}
	p.remove(first)
	if c, _ := p.pick(now); c == nil || c.msg.To != "bob" || c.msg.Again {
		t.Fatalf("got %+v", c)
	}
}

func TestAbandon(t *testing.T) {
	now := time.Now()
	p := newPending(sig("bob"), sig("bob"))
	sent, _ := p.pick(now)
	unsent := p.waiting[0]
	p.abandon(unsent)
	p.abandon(sent)
	if len(p.waiting) != 0 || p.find(sent.msg.ID) != sent {
		t.Fatal("what was not sent goes, what was sent counts until its answer")
	}
	p.resume()
	if c, _ := p.pick(now); c != sent || !c.msg.Again {
		t.Fatal("what was sent is settled on the next socket")
	}
	p.postpone(sent, now)
	if p.find(sent.msg.ID) != nil {
		t.Fatal("nobody waits: unavailable ends it")
	}
}

func TestLose(t *testing.T) {
	now := time.Now()
	own := &call{msg: wire.Message{Type: wire.TypeJoin, Room: "r"}, own: forRejoin}
	p := newPending(sig("a"), own, sig("b"), &call{own: forRoster})
	p.pick(now)
	p.pick(now)
	lost := p.lose()
	if len(lost) != 1 || lost[0].msg.To != "a" || len(p.waiting) != 1 || p.waiting[0].msg.To != "b" || len(p.open) != 0 {
		t.Fatalf("lost %v, waiting %v", lost, p.waiting)
	}
	fail(lost, ErrSessionLost)
	if a := <-lost[0].done; !errors.Is(a.err, ErrSessionLost) {
		t.Fatal(a.err)
	}
}
