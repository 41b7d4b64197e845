package redis

import (
	"context"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// looksEvery is how many entries may come into an inbox before a sender asks exactly how full it is.
const looksEvery = 16

// route is a sender's way to one incarnation of a receiver, and how full its inbox was when last heard of.
type route struct {
	n              int64
	lane           *lane
	session, inbox string
	flying         int

	k, lo int64 // numbers of its last entry and of the last that was acked
	exact int64 // k when bytes was exact
	bytes int   // then, and what this sender has added
}

// spacious reports whether another entry fits without an exact look. Many senders at once may so exceed a limit by what
// each has under way.
func (r *route) spacious(l broker.Limits, size int) bool {
	return int(r.k-r.lo)+r.flying < l.InboxSignals/2 && r.k-r.exact < looksEvery && r.bytes+size < l.InboxBytes/2
}

// learn keeps a way.
func (x *sender) learn(to wire.PeerID, r *route) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.routes == nil {
		x.routes = make(map[wire.PeerID]*route)
	}
	if len(x.routes) >= maxRoutes { // nothing flies: this is called by the slow one
		clear(x.routes)
	}
	x.routes[to] = r
}

// find asks where a receiver is: nil where nobody holds the address. Then it asks whether this session is still this
// pod's: a signal of an older attachment, that a newer one was refused, so cannot reach who has come since.
func (x *sender) find(ctx context.Context, to wire.PeerID) (*route, error) {
	addr := broker.Address{App: x.s.ref.App, Peer: to}
	r, err := x.b.locate(ctx, addr)
	if err != nil || r == nil {
		return nil, err
	}
	return r, x.proven(ctx)
}

// locate asks which incarnation holds an address.
func (b *Broker) locate(ctx context.Context, addr broker.Address) (*route, error) {
	keys := b.keys.peer(addr)
	v, err := b.lane(keys.shard).command(ctx, keys.session(), "hmget", keys.session(), "n")
	if err != nil {
		return nil, err
	}
	n := number(at(v, 0))
	if n == 0 {
		return nil, nil
	}
	return b.routeTo(keys, n), nil
}

func (b *Broker) routeTo(keys ofPeer, n int64) *route {
	return &route{n: n, lane: b.lane(keys.shard), session: keys.session(), inbox: keys.inbox(n)}
}

// proven asks whether the sender's attachment is the newest.
func (x *sender) proven(ctx context.Context) error {
	s := x.s
	v, err := x.b.lane(s.keys.shard).command(ctx, s.keys.session(), "hmget", s.keys.session(), "n", "att", "run")
	if err != nil {
		return err
	}
	if number(at(v, 0)) != s.ref.N || number(at(v, 1)) != s.ref.Att || text(at(v, 2)) != x.b.run {
		return x.b.fenced(ctx, s)
	}
	return nil
}
