package redis

import (
	"context"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// After the store was another one each pod writes anew what it holds. Until all have done so nobody is said to be absent and no
// room is listed: a second for those who notice last, and then for as long as a pod says that it is still at it, at most a lease.
const (
	settling    = time.Second
	settleEvery = 100 * time.Millisecond
)

// settles knows whether the store is whole, as far as pods can make it.
type settles struct {
	mu    sync.Mutex
	under int                             // stores that are being written
	rooms map[broker.RoomAddress]struct{} // to be read anew then
}

func (s *settles) begin() {
	s.mu.Lock()
	s.under++
	s.mu.Unlock()
}

// end returns the rooms to be read anew, once nothing is under way.
func (s *settles) end() []broker.RoomAddress {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under--; s.under > 0 {
		return nil
	}
	var list []broker.RoomAddress
	for r := range s.rooms {
		list = append(list, r)
	}
	s.rooms = nil
	return list
}

// later keeps a room until the store is whole; false where it is.
func (s *settles) later(r broker.RoomAddress) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under == 0 {
		return false
	}
	if s.rooms == nil {
		s.rooms = make(map[broker.RoomAddress]struct{})
	}
	s.rooms[r] = struct{}{}
	return true
}

// isSettled reports whether who is not in the store is not there.
func (b *Broker) isSettled() bool {
	b.settles.mu.Lock()
	defer b.settles.mu.Unlock()
	return b.settles.under == 0
}

// restoring says to all pods that this one begins to write what it holds, or has done so.
func (b *Broker) restoring(ctx context.Context, begins bool) error {
	key := b.keys.restoring()
	if !begins {
		_, err := b.lane(0).commandUrgent(ctx, key, "hdel", key, b.run)
		return err
	}
	if _, err := b.lane(0).commandUrgent(ctx, key, "hset", key, b.run, "1"); err != nil {
		return err
	}
	_, err := b.lane(0).commandUrgent(ctx, key, "pexpire", key, b.opts.Lease.Milliseconds())
	return err
}

// settle waits until no pod is writing any more, and has the rooms read whose store has changed.
func (b *Broker) settle(ctx context.Context, changed func(string) bool) {
	began := b.now()
	t := time.NewTicker(settleEvery)
	defer t.Stop()
	for b.now()-began < b.opts.Lease {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		if b.now()-began < settling {
			continue
		}
		if v, err := b.lane(0).command(ctx, b.keys.restoring(), "hlen", b.keys.restoring()); err == nil && number(at(v, 0)) == 0 {
			break
		}
	}
	for _, r := range b.watch.all() {
		if changed(b.keys.room(r).members()) {
			_ = b.compare(ctx, r) // the version to which the pods have brought it
			b.watch.stale(r)
		}
	}
	for _, r := range b.settles.end() {
		b.watch.stale(r)
	}
}

// tellGaps tells those of this pod's sessions that may have lost something.
func (b *Broker) tellGaps(changed func(string) bool) {
	for _, s := range b.sessions.all() {
		if s.stateNow() == attached && changed(s.keys.session()) {
			b.metrics.gapsTold.Inc()
			b.sink.Gap(s.ref.Address)
		}
	}
}
