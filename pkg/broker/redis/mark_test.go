package redis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// history is one inbox, to which signals of a few senders come in any order, late, twice and refused, and of which some are acked. box
// is what the pod that reads along makes of it.
type history struct {
	t       *testing.T
	p       *pod
	to      *client
	rng     *rand.Rand
	box     box
	counted map[origin]int64 // the seq of each that ever counted
	last    [2]origin        // of each sender, the newest id
	log     []string
}

// TestMarkAgrees has send.lua and the pods that read the stream come to the same: what was taken, what was refused, what counts, and
// under which number.
func TestMarkAgrees(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := startPod(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, broker.Limits{})
	for seed := range uint64(24) {
		h := &history{
			t: t, p: p, to: p.attach(t, wire.PeerID(fmt.Sprint("to", seed)), time.Minute),
			rng: rand.New(rand.NewPCG(seed, 1)), counted: make(map[origin]int64), last: [2]origin{{n: 1}, {n: 1}},
		}
		h.box.reset(1, 0, nil)
		for range 120 {
			if h.step(); t.Failed() {
				t.Fatalf("seed %d: %q", seed, h.log)
			}
		}
	}
}

func (h *history) step() {
	o := origin{peer: wire.PeerID(rune('a' + h.rng.IntN(2)))}
	last := &h.last[o.peer[0]-'a']
	switch n := h.rng.IntN(100); {
	case n < 4: // another incarnation
		*last = origin{n: last.n + 1}
	case n < 8: // beyond the bits
		last.id += 60 + h.rng.Int64N(10)
	default:
		last.id += h.rng.Int64N(2)
	}
	o.n, o.id = last.n, max(0, last.id-h.rng.Int64N(3))
	if h.rng.IntN(10) == 0 {
		o.n--
	}
	switch n := h.rng.IntN(100); {
	case n < 8:
		h.ack()
	case n < 30:
		h.late(o)
	default:
		h.send(o, []string{"new", "again", "again", "void", "look"}[h.rng.IntN(5)])
	}
	h.readAlong()
	h.readAnew()
}

// TestRefusedStaysRefused has a copy of a refused signal come late, and then another one refused.
func TestRefusedStaysRefused(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := startPod(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, broker.Limits{})
	h := &history{t: t, p: p, to: p.attach(t, "to", time.Minute), counted: make(map[origin]int64)}
	h.box.reset(1, 0, nil)
	for _, step := range []func(){
		func() { h.send(origin{peer: "a", n: 1, id: 5}, "void") },
		func() { h.late(origin{peer: "a", n: 1, id: 5}) },
		func() { h.send(origin{peer: "a", n: 1, id: 6}, "void") },
		func() { h.send(origin{peer: "a", n: 1, id: 7}, "new") },
	} {
		step()
		h.readAlong()
		h.readAnew()
	}
	if len(h.counted) != 1 {
		t.Errorf("%v count", h.counted)
	}
}

func (h *history) keys() ofPeer { return h.to.keysOf() }

func (h *history) ask(s *script, keys []string, args ...any) []any {
	h.t.Helper()
	list, err := h.p.lane(h.keys().shard).ask(h.t.Context(), s, keys, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// late adds an entry without a look, as a pod does that knows the way, or whose connection stood still.
func (h *history) late(o origin) {
	h.log = append(h.log, "late "+o.head())
	k := h.keys()
	if _, err := h.p.lane(k.shard).command(h.t.Context(), k.session(), "xadd", k.inbox(h.to.N), "nomkstream", "0-*", o.head(), "body"); err != nil {
		h.t.Fatal(err)
	}
}

// send runs send.lua and compares its answer with what the box would say.
func (h *history) send(o origin, mode string) {
	k := h.keys()
	want := h.verdict(o, mode)
	list := h.ask(sendScript, []string{k.session(), k.inbox(h.to.N), k.marks(h.to.N)},
		h.to.N, string(o.peer), o.n, o.id, mode, 1<<16, 1<<30, o.head(), "body")
	got := text(at(list, 0))
	h.log = append(h.log, fmt.Sprintf("%s %s: %s", mode, o.head(), got))
	if got != want {
		h.t.Errorf("%s of %q: send.lua says %s, mark %s", mode, o.head(), got, want)
	}
}

func (h *history) verdict(o origin, mode string) string {
	if mode != "new" && o.id > 0 {
		var m mark
		if at := h.box.marks[o.peer]; at != nil {
			m = at.mark
		}
		if d := m.last - o.id; m.n == o.n && d >= 0 && d < 64 && m.bits>>d&1 == 1 {
			return "taken"
		}
		for _, it := range h.box.items {
			if it.seq > 0 && it.peer == o.peer && it.n == o.n && it.id == o.id {
				return "taken"
			}
		}
		if !h.box.above(o) {
			return "stale"
		}
	}
	switch mode {
	case "void":
		return "full"
	case "look":
		return "none"
	}
	return "ok"
}

// ack acks some of what counts, as a pod does.
func (h *history) ack() {
	h.box.ack(h.box.lw + h.rng.Int64N(4))
	n := h.box.folded()
	if n == 0 {
		return
	}
	k := h.keys()
	lo, lw := h.box.items[n-1].k, h.box.acked
	args := append([]any{h.to.N, h.to.Att, h.p.run, lo, lw}, h.box.foldedMarks(n)...)
	h.log = append(h.log, fmt.Sprint("ack ", lw))
	if list := h.ask(ackScript, []string{k.session(), k.inbox(h.to.N), k.marks(h.to.N)}, args...); number(at(list, 0)) != 1 {
		h.t.Fatalf("ack: %v", list)
	}
	h.box.fold(n)
}

// readAlong takes what is new, of which nothing may count twice or come before what counted.
func (h *history) readAlong() {
	k := h.keys()
	list, err := h.p.lane(k.shard).command(h.t.Context(), k.session(), "xrange", k.inbox(h.to.N), fmt.Sprint("0-", h.box.top+1), "+")
	if err != nil {
		h.t.Fatal(err)
	}
	known := len(h.box.items)
	h.box.addAll(list)
	for _, it := range h.box.items[known:] {
		if it.seq == 0 || it.id == 0 {
			continue
		}
		o := origin{peer: it.peer, n: it.n, id: it.id}
		for other := range h.counted {
			if other.peer == o.peer && (other.n > o.n || other.n == o.n && other.id >= o.id) {
				h.t.Errorf("%q counts after %q did", o.head(), other.head())
			}
		}
		h.counted[o] = it.seq
	}
}

// readAnew reads all, as a pod does to which the session comes: it numbers alike.
func (h *history) readAnew() {
	s := &session{ref: h.to.Ref, keys: h.keys()}
	if err := h.p.loadBox(context.Background(), s); err != nil {
		h.t.Fatal(err)
	}
	if s.box.last() != h.box.last() || s.box.lw != h.box.lw || s.box.lo != h.box.lo {
		h.t.Errorf("read anew: lo %d, lw %d, last %d; along: lo %d, lw %d, last %d",
			s.box.lo, s.box.lw, s.box.last(), h.box.lo, h.box.lw, h.box.last())
	}
	seqs := make(map[int64]int64)
	for _, it := range h.box.items {
		seqs[it.k] = it.seq
	}
	for _, it := range s.box.items {
		if seqs[it.k] != it.seq {
			h.t.Errorf("entry %d (%q): number %d read anew, %d read along", it.k, it.origin.head(), it.seq, seqs[it.k])
		}
	}
}
