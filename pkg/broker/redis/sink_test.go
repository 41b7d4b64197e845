package redis

import (
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// sink is a broker.Sink that keeps what it was told.
type sink struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and made anew at each event
	wakes    map[broker.Address]int
	losses   []loss
	presence []change
	gaps     map[broker.Address]int
	stale    map[broker.RoomAddress]int
}

type loss struct {
	ref  broker.Ref
	code wire.CloseCode
}

type change struct {
	room broker.RoomAddress
	broker.Presence
}

func newSink() *sink {
	return &sink{
		changed: make(chan struct{}), wakes: make(map[broker.Address]int),
		gaps: make(map[broker.Address]int), stale: make(map[broker.RoomAddress]int),
	}
}

func (k *sink) note(event func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	event()
	close(k.changed)
	k.changed = make(chan struct{})
}

// Wake implements broker.Sink.
func (k *sink) Wake(to broker.Address) { k.note(func() { k.wakes[to]++ }) }

// Lost implements broker.Sink.
func (k *sink) Lost(ref broker.Ref, code wire.CloseCode) {
	k.note(func() { k.losses = append(k.losses, loss{ref, code}) })
}

// Presence implements broker.Sink.
func (k *sink) Presence(room broker.RoomAddress, p broker.Presence) {
	k.note(func() { k.presence = append(k.presence, change{room, p}) })
}

// Receipt implements broker.Sink.
func (k *sink) Receipt(broker.Address, int64, broker.Receipt) {}

// Gap implements broker.Sink.
func (k *sink) Gap(to broker.Address) { k.note(func() { k.gaps[to]++ }) }

// Stale implements broker.Sink.
func (k *sink) Stale(room broker.RoomAddress) { k.note(func() { k.stale[room]++ }) }

// anew lets go of all that was told so far.
func (k *sink) anew() {
	k.note(func() {
		k.losses, k.presence = nil, nil
		clear(k.gaps)
		clear(k.stale)
	})
}

// until waits for ok, which is asked under k.mu, first at once and then after each event.
func (k *sink) until(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		k.mu.Lock()
		is, changed := ok(), k.changed
		k.mu.Unlock()
		if is {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("no %s within %v", what, limit)
		}
	}
}

// lostWith waits until ref is over and returns with which code first.
func (k *sink) lostWith(t testing.TB, limit time.Duration, ref broker.Ref) (code wire.CloseCode) {
	t.Helper()
	k.until(t, limit, "Lost of "+string(ref.Peer), func() bool {
		for _, l := range k.losses {
			if l.ref.Address == ref.Address && !newer(ref, l.ref) {
				code = l.code
				return true
			}
		}
		return false
	})
	return code
}

// left waits until a peer was said to have left testRoom.
func (k *sink) left(t testing.TB, limit time.Duration, ref broker.Ref) {
	t.Helper()
	k.until(t, limit, "leave of "+string(ref.Peer), func() bool { return k.hasLeft(ref) > 0 })
}

// leftOrStale is left where a roster that is to be read anew may say it too.
func (k *sink) leftOrStale(t testing.TB, limit time.Duration, ref broker.Ref) {
	t.Helper()
	k.until(t, limit, "leave of "+string(ref.Peer), func() bool { return k.hasLeft(ref) > 0 || k.stale[testRoomAt] > 0 })
}

// hasLeft counts how often; k.mu is held.
func (k *sink) hasLeft(ref broker.Ref) (n int) {
	for _, c := range k.presence {
		if c.room == testRoomAt && c.Event == wire.EventLeave && c.Peer == ref.Peer && c.N == ref.N {
			n++
		}
	}
	return n
}

// steady fails where somebody was lost, or was said to have come, gone or changed; but for those named.
func (k *sink) steady(t testing.TB, but ...wire.PeerID) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	excused := func(p wire.PeerID) bool {
		for _, b := range but {
			if b == p {
				return true
			}
		}
		return false
	}
	for _, l := range k.losses {
		if !excused(l.ref.Peer) {
			t.Errorf("%s was lost: %d", l.ref.Peer, l.code)
		}
	}
	for _, c := range k.presence {
		if !excused(c.Peer) {
			t.Errorf("presence: %s of %s", c.Event, c.Peer)
		}
	}
}

// gapless fails where an address was told a gap.
func (k *sink) gapless(t testing.TB) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for a, n := range k.gaps {
		t.Errorf("%s was told %d gaps", a.Peer, n)
	}
}
