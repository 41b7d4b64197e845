package bench

import (
	"fmt"
	"sync/atomic"
)

// Promises counts broken ones (docs/protocol.md section 6). All must be 0.
type Promises struct {
	// Lost were acked and did not come.
	Lost int64 `json:"lost"`
	// Doubled came twice, or came although they were refused.
	Doubled int64 `json:"doubled"`
	// Reordered came after one that was sent later by the same sender.
	Reordered int64 `json:"reordered"`
	// Stray came to a peer that they were not for.
	Stray int64 `json:"stray"`
}

// String is the counts for people.
func (p Promises) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d reordered, %d stray", p.Lost, p.Doubled, p.Reordered, p.Stray)
}

// Kept reports whether no promise was broken.
func (p Promises) Kept() bool { return p == Promises{} }

// tally is Promises while a run goes on.
type tally struct{ lost, doubled, reordered, stray atomic.Int64 }

func (t *tally) read() Promises {
	return Promises{Lost: t.lost.Load(), Doubled: t.doubled.Load(), Reordered: t.reordered.Load(), Stray: t.stray.Load()}
}
