package brokertest

import (
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// recorder is a Sink that keeps what it was told.
type recorder struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and made anew at each event
	wakes    map[broker.Address]int
	losses   []loss
	presence map[broker.RoomAddress][]broker.Presence
	receipts []receipt
	gaps     map[broker.Address]int
	stale    map[broker.RoomAddress]int
}

type loss struct {
	ref  broker.Ref
	code wire.CloseCode
}

type receipt struct {
	to broker.Address
	n  int64
	broker.Receipt
}

func newRecorder() *recorder {
	return &recorder{
		changed:  make(chan struct{}),
		wakes:    make(map[broker.Address]int),
		presence: make(map[broker.RoomAddress][]broker.Presence),
		gaps:     make(map[broker.Address]int),
		stale:    make(map[broker.RoomAddress]int),
	}
}

func (r *recorder) note(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

// Wake implements broker.Sink.
func (r *recorder) Wake(to broker.Address) { r.note(func() { r.wakes[to]++ }) }

// Lost implements broker.Sink.
func (r *recorder) Lost(ref broker.Ref, code wire.CloseCode) {
	r.note(func() { r.losses = append(r.losses, loss{ref, code}) })
}

// Presence implements broker.Sink. Like a session it leaves out what is not above the version that it knows.
func (r *recorder) Presence(room broker.RoomAddress, p broker.Presence) {
	r.note(func() {
		known := r.presence[room]
		if len(known) == 0 || p.V > known[len(known)-1].V {
			r.presence[room] = append(known, p)
		}
	})
}

// Receipt implements broker.Sink.
func (r *recorder) Receipt(to broker.Address, n int64, rc broker.Receipt) {
	r.note(func() { r.receipts = append(r.receipts, receipt{to, n, rc}) })
}

// Gap implements broker.Sink.
func (r *recorder) Gap(to broker.Address) { r.note(func() { r.gaps[to]++ }) }

// Stale implements broker.Sink.
func (r *recorder) Stale(room broker.RoomAddress) { r.note(func() { r.stale[room]++ }) }

// until waits for ok, which is asked under r.mu, first at once and then after each event.
func (r *recorder) until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		r.mu.Lock()
		is, changed := ok(), r.changed
		r.mu.Unlock()
		if is {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// lost waits until it is told that ref is over, and returns with which code first.
func (r *recorder) lost(t testing.TB, ref broker.Ref) (code wire.CloseCode) {
	t.Helper()
	r.until(t, "Lost", func() (is bool) {
		code, is = r.loss(ref)
		return is
	})
	return code
}

// loss returns with which code ref was lost first, if it was: under r.mu.
func (r *recorder) loss(ref broker.Ref) (code wire.CloseCode, is bool) {
	for _, l := range r.losses {
		if l.ref.Address == ref.Address && (l.ref.N > ref.N || l.ref.N == ref.N && l.ref.Att >= ref.Att) {
			return l.code, true
		}
	}
	return 0, false
}

// gapsOf returns how many an address was told.
func (r *recorder) gapsOf(to broker.Address) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gaps[to]
}

// gapped waits for a Gap of the address beyond the first before.
func (r *recorder) gapped(t testing.TB, to broker.Address, before int) {
	t.Helper()
	r.until(t, "Gap", func() bool { return r.gaps[to] > before })
}

// staled waits for a Stale of the room beyond the first before.
func (r *recorder) staled(t testing.TB, room broker.RoomAddress, before int) {
	t.Helper()
	r.until(t, "Stale", func() bool { return r.stale[room] > before })
}

// woken waits for a Wake of the address beyond the first before.
func (r *recorder) woken(t testing.TB, to broker.Address, before int) {
	t.Helper()
	r.until(t, "Wake", func() bool { return r.wakes[to] > before })
}

// wakesOf returns how many there were.
func (r *recorder) wakesOf(to broker.Address) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wakes[to]
}

// events waits for at least n events of a room after version v and returns them.
func (r *recorder) events(t testing.TB, room broker.RoomAddress, v int64, n int) (list []broker.Presence) {
	t.Helper()
	r.until(t, "presence", func() bool {
		list = nil
		for _, p := range r.presence[room] {
			if p.V > v {
				list = append(list, p)
			}
		}
		return len(list) >= n
	})
	return list
}

// receiptsFor waits until at least n receipts for the address came and returns them all.
func (r *recorder) receiptsFor(t testing.TB, to broker.Address, n int) (list []receipt) {
	t.Helper()
	r.until(t, "receipts", func() bool {
		list = nil
		for _, rc := range r.receipts {
			if rc.to == to {
				list = append(list, rc)
			}
		}
		return len(list) >= n
	})
	return list
}
