package redis

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// inRoom sends to a room, or to one member of it.
func (x *sender) inRoom(ctx context.Context, p *sending) (broker.Outcome, error) {
	keys := x.b.keys.room(broker.RoomAddress{App: x.s.ref.App, Room: p.sig.Room})
	all, err := x.b.lane(keys.shard).command(ctx, keys.members(), "hgetall", keys.members())
	if err != nil {
		return broker.Outcome{}, err
	}
	members := make(map[wire.PeerID]int64)
	for peer, v := range pairs(all) {
		if peer != versionField {
			n, _, _ := strings.Cut(v, " ")
			members[wire.PeerID(peer)] = number(n)
		}
	}
	if members[x.s.ref.Peer] != x.s.ref.N {
		return x.absent(wire.CodeNotAMember)
	}
	if !x.b.isSettled() { // some are not written yet
		return broker.Outcome{}, broker.ErrUnavailable
	}
	if err := x.proven(ctx); err != nil {
		return broker.Outcome{}, err
	}
	if p.sig.To != "" {
		n := members[p.sig.To]
		if n == 0 || p.sig.ToN != 0 && p.sig.ToN != n {
			return x.absent(wire.CodeNoSuchPeer)
		}
		o, err := x.put(ctx, p, x.b.routeTo(x.b.keys.peer(broker.Address{App: x.s.ref.App, Peer: p.sig.To}), n), p.sig.To, p.mode())
		if errors.Is(err, errChanged) {
			return broker.Outcome{Code: wire.CodeNoSuchPeer}, nil
		}
		return o, err
	}
	delete(members, x.s.ref.Peer)
	return x.toAll(ctx, p, members)
}

// toAll sends to each member. One that is sent again goes to all of them or, where a later one has overtaken it at one, to none.
func (x *sender) toAll(ctx context.Context, p *sending, members map[wire.PeerID]int64) (broker.Outcome, error) {
	if p.again {
		overtaken, err := x.overtaken(ctx, p, members)
		if err != nil {
			return broker.Outcome{}, err
		}
		if overtaken {
			o, err := x.putAll(ctx, p, members, "void")
			if err == nil && o.Receivers == 0 {
				o = broker.Outcome{Code: wire.CodeStale}
			}
			o.Full = 0
			return o, err
		}
	}
	return x.putAll(ctx, p, members, p.mode())
}

// putAll adds p to the inboxes of all members, at once.
func (x *sender) putAll(ctx context.Context, p *sending, members map[wire.PeerID]int64, mode string) (broker.Outcome, error) {
	var mu sync.Mutex
	var o broker.Outcome
	var failed error
	receipts := 0
	x.each(members, func(peer wire.PeerID, r *route) {
		one := p
		mu.Lock()
		if p.sig.Receipt && p.sig.ID != 0 {
			if receipts++; receipts > broker.MaxReceipts {
				quiet := *p
				quiet.head = head(&p.sig, false)
				one = &quiet
			}
		}
		mu.Unlock()
		got, err := x.put(ctx, one, r, peer, mode)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, errChanged): // it has just gone, or the room does not know that it has
			gone := broker.Ref{Address: broker.Address{App: x.s.ref.App, Peer: peer}, N: r.n, Att: wire.MaxID}
			x.b.later.add(func(ctx context.Context) error { return x.b.leaveUnlisted(ctx, gone, p.sig.Room) })
		case err != nil:
			failed = err
		case got.Code == wire.CodeInboxFull:
			o.Full++
		case got.Code == "":
			o.Receivers++
		}
	})
	return o, failed
}

// overtaken reports whether a later signal of the sender has been taken by a member that does not have p.
func (x *sender) overtaken(ctx context.Context, p *sending, members map[wire.PeerID]int64) (bool, error) {
	var is atomic.Bool
	var mu sync.Mutex
	var failed error
	x.each(members, func(peer wire.PeerID, r *route) {
		keys := x.b.keys.peer(broker.Address{App: x.s.ref.App, Peer: peer})
		list, err := r.lane.ask(ctx, sendScript, []string{r.session, r.inbox, keys.marks(r.n)},
			r.n, string(p.sig.From.Peer), p.sig.From.N, p.sig.ID, "look", 0, 0, p.head, "")
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
		}
		if text(at(list, 0)) == "stale" {
			is.Store(true)
		}
	})
	return is.Load(), failed
}

// fanOutAtOnce is how many members of one signal are under way together, so that a broadcast leaves room for others.
const fanOutAtOnce = 128

// each calls f for all members together; the lanes put them into few batches.
func (x *sender) each(members map[wire.PeerID]int64, f func(wire.PeerID, *route)) {
	var wg sync.WaitGroup
	limit := make(chan struct{}, fanOutAtOnce)
	for peer, n := range members {
		r := x.b.routeTo(x.b.keys.peer(broker.Address{App: x.s.ref.App, Peer: peer}), n)
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			f(peer, r)
		})
	}
	wg.Wait()
}
