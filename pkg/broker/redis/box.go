package redis

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Bounds of what a pod keeps of one inbox in its own memory; the rest is read from Redis when it is asked for.
const (
	boxBytes   = 256 << 10
	readAtOnce = 128
)

// box is what a pod knows of an inbox that it holds: the entries after the last acked one, as far as it has read. All
// methods under session.mu.
type box struct {
	lo    int64 // number of the last acked entry in the store
	lw    int64 // its seq
	top   int64 // number of the last entry known, counted or not
	acked int64 // the client's, at or above lw
	items []item
	bytes int // of the bodies in items
	marks map[wire.PeerID]*markAt
	given int64 // the highest seq that was handed out
	told  int64 // the highest number that a wake has named
	// unsure: there may be more in the store than up to top, whatever was told.
	unsure bool
	// frozen: the inbox is being written anew, and what comes meanwhile is read afterwards.
	frozen bool
	pruned time.Time
}

// markAt is a mark as of lo. Those that have been idle for long are forgotten, as they are in the store.
type markAt struct {
	mark
	used time.Time
}

// item is an entry. seq is 0 where it does not count; body is empty where it is not kept here.
type item struct {
	origin
	k, seq int64
	void   bool
	body   string
}

// reset makes the box what the store has.
func (b *box) reset(lo, lw int64, marks map[wire.PeerID]mark) {
	*b = box{lo: lo, lw: lw, top: lo, acked: lw}
	for p, m := range marks {
		b.mark(p).mark = m
	}
}

func (b *box) mark(p wire.PeerID) *markAt {
	m := b.marks[p]
	if m == nil {
		m = &markAt{}
		if b.marks == nil {
			b.marks = make(map[wire.PeerID]*markAt)
		}
		b.marks[p] = m
	}
	m.used = time.Now()
	return m
}

// ahead reports whether the store may have more than is known here.
func (b *box) ahead() bool { return b.unsure || b.told > b.top }

// last is the seq of the last entry known.
func (b *box) last() int64 {
	for i := len(b.items) - 1; i >= 0; i-- {
		if b.items[i].seq > 0 {
			return b.items[i].seq
		}
	}
	return b.lw
}

// above reports whether an entry of o is above all that is known of its sender.
func (b *box) above(o origin) bool {
	var m mark
	if at := b.marks[o.peer]; at != nil {
		m = at.mark
	}
	for i := len(b.items) - 1; i >= 0; i-- {
		it := &b.items[i]
		if it.peer == o.peer && it.id != 0 && (it.seq > 0 || it.void) { // the last that has raised the mark
			m = mark{n: it.n, last: it.id}
			break
		}
	}
	return m.take(o.n, o.id, false)
}

// add takes entry k, which comes after all that are known.
func (b *box) add(k int64, o origin, body string) {
	it := item{origin: o, k: k}
	above := b.above(o)
	it.void = above && body == ""
	if above && body != "" {
		it.seq = b.last() + 1
		if b.bytes+len(body) <= boxBytes {
			it.body = body
			b.bytes += len(body)
		}
	}
	b.items = append(b.items, it)
	b.top = k
}

// at returns the place of the first entry that counts and lies above seq.
func (b *box) at(seq int64) int {
	return slices.IndexFunc(b.items, func(it item) bool { return it.seq > seq })
}

// ack says that the client has processed all up to seq; it reports how many entries that newly are.
func (b *box) ack(seq int64) int64 {
	was := b.acked
	b.acked = max(b.acked, min(seq, b.last()))
	return b.acked - was
}

// folded are the entries up to the acked one, and those behind it that do not count.
func (b *box) folded() int {
	if b.acked == b.lw {
		return 0
	}
	n := 0
	for i := range b.items {
		if b.items[i].seq > b.acked {
			break
		}
		n = i + 1
	}
	return n
}

// fold forgets the first n entries: they are acked in the store.
func (b *box) fold(n int) {
	for i := range b.items[:n] {
		it := &b.items[i]
		if it.id != 0 {
			b.mark(it.peer).take(it.n, it.id, it.void)
		}
		b.bytes -= len(it.body)
		b.lo, b.lw = it.k, max(b.lw, it.seq)
	}
	if n == len(b.items) {
		b.items = nil
	} else {
		b.items = slices.Clone(b.items[n:])
	}
	b.prune()
}

// Marks are kept here as long as in the store: 5 minutes, and no more than so many.
const (
	markKept = 5 * time.Minute
	maxMarks = 1024
)

// prune forgets the marks of senders that have been idle for long.
func (b *box) prune() {
	if now := time.Now(); len(b.marks) > 64 && now.Sub(b.pruned) > markKept/5 || len(b.marks) > maxMarks {
		b.pruned = now
		for p, m := range b.marks {
			if now.Sub(m.used) > markKept {
				delete(b.marks, p)
			}
		}
		if len(b.marks) > maxMarks { // the oldest incarnations go first, as in the store
			all := slices.SortedFunc(maps.Keys(b.marks), func(p, q wire.PeerID) int { return cmp.Compare(b.marks[p].n, b.marks[q].n) })
			for _, p := range all[:len(all)-maxMarks/2] {
				delete(b.marks, p)
			}
		}
	}
}

// foldedMarks are the marks that fold(n) comes to, as fields and values of the store.
func (b *box) foldedMarks(n int) []any {
	after := make(map[wire.PeerID]mark)
	for i := range b.items[:n] {
		it := &b.items[i]
		m, ok := after[it.peer]
		if at := b.marks[it.peer]; !ok && at != nil {
			m = at.mark
		}
		if it.id != 0 {
			m.take(it.n, it.id, it.void)
			after[it.peer] = m
		}
	}
	var fields []any
	for p, m := range after {
		fields = append(fields, string(p), m.String())
	}
	return fields
}

// entry makes what the hub is given.
func (it *item) entry() (broker.Entry, error) {
	e := broker.Entry{Seq: it.seq, From: it.peer, N: it.n}
	return e, parseBody(it.body, &e)
}

// parseID returns k of a stream id "0-k".
func parseID(id string) int64 {
	if len(id) < 3 {
		return 0
	}
	k, _ := strconv.ParseInt(id[2:], 10, 64)
	return k
}
