package chaos

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// maxNotes bounds the failures that are told in full.
const maxNotes = 40

// ledger accounts for every signal of the crowd.
type ledger struct {
	changed chan struct{} // capacity 1: an answer or an arrival

	mu    sync.Mutex
	open  map[signalKey]*signal
	lost  map[signalKey]time.Time // acked and given up; when
	last  map[pairKey]int         // the highest number that has arrived
	count counts
	notes []string
}

type signalKey struct{ from, n int }
type pairKey struct{ from, to int }

// counts are the ledger's sums.
type counts struct {
	posted, busy, acked, orphaned, arrived int
	refused                                map[wire.Code]int

	unanswered, duplicates, reordered, lost, phantoms, strangers, shortRooms, late int
	dropped                                                                        int // with the session that they waited for
	wrongly                                                                        int // refused no_such_peer or not_a_member although the session was there
}

func newLedger() *ledger {
	return &ledger{changed: make(chan struct{}, 1), open: map[signalKey]*signal{}, lost: map[signalKey]time.Time{},
		last: map[pairKey]int{}, count: counts{refused: map[wire.Code]int{}}}
}

// note keeps a failure for the end. l.mu is held.
func (l *ledger) note(format string, args ...any) {
	if len(l.notes) < maxNotes {
		l.notes = append(l.notes, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
	}
}

// complain is note for others.
func (l *ledger) complain(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(format, args...)
}

// post enters a signal that is about to be posted.
func (l *ledger) post(s *signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.posted, s.got = time.Now(), make([]time.Time, len(s.to))
	l.open[signalKey{s.from, s.n}] = s
	l.count.posted++
}

// busy takes back a signal that the SDK did not queue.
func (l *ledger) busy(s *signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, signalKey{s.from, s.n})
	l.count.posted--
	l.count.busy++
}

// answer notes what the sender was told.
func (l *ledger) answer(s *signal, ack client.Ack, code wire.Code, lost bool, cuts int64) {
	l.mu.Lock()
	s.answer(ack, code, lost, cuts)
	l.mu.Unlock()
	l.poke()
}

// arrive notes that number n of from has come to the handler of to.
func (l *ledger) arrive(from, n, to int) {
	defer l.poke()
	l.mu.Lock()
	defer l.mu.Unlock()
	key, pair := signalKey{from, n}, pairKey{from, to}
	s := l.open[key]
	l.count.arrived++
	last, any := l.last[pair]
	first := true
	if s != nil {
		i := slices.Index(s.to, to)
		if i < 0 {
			l.count.strangers++
			l.note("p%d got %d of p%d, which was not for it", to, n, from)
			return
		}
		if first = s.got[i].IsZero(); first {
			s.got[i] = time.Now()
		}
	} else if at, ok := l.lost[key]; ok {
		l.count.late++
		l.note("p%d got %d of p%d %v after it was given up", to, n, from, time.Since(at))
	} else if first = false; !any || n > last {
		l.count.strangers++
		l.note("p%d got %d of p%d, which is not awaited", to, n, from)
	}
	switch {
	case !any || n > last:
		l.last[pair] = n
	case !first || n == last:
		l.count.duplicates++
		l.note("p%d got %d of p%d twice; the last was %d", to, n, from, last)
	default:
		l.count.reordered++
		l.note("p%d got %d of p%d after %d", to, n, from, last)
	}
}

func (l *ledger) poke() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// settle waits until every signal posted before mark is answered and has arrived, at most for patience, and takes those
// signals out of the ledger, in the order of their posting.
func (l *ledger) settle(ctx context.Context, mark time.Time, patience time.Duration) []*signal {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for l.unsettled(mark) {
		select {
		case <-l.changed:
		case <-ctx.Done():
			return l.take(mark)
		}
	}
	return l.take(mark)
}

func (l *ledger) unsettled(mark time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.open {
		if s.posted.Before(mark) && !s.settled() {
			return true
		}
	}
	return false
}

func (l *ledger) take(mark time.Time) []*signal {
	l.mu.Lock()
	defer l.mu.Unlock()
	var taken []*signal
	maps.DeleteFunc(l.open, func(_ signalKey, s *signal) bool {
		if !s.posted.Before(mark) {
			return false
		}
		taken = append(taken, s)
		return true
	})
	slices.SortFunc(taken, func(a, b *signal) int { return a.posted.Compare(b.posted) })
	return taken
}
