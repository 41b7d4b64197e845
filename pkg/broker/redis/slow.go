package redis

import (
	"context"
	"errors"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// slowTimeout bounds a signal that takes several questions.
const slowTimeout = 2 * time.Second

// slowly sends a signal that is not quick: sent again, to a room, to a receiver that is not known or has much waiting.
func (x *sender) slowly(p *sending) {
	ctx, cancel := context.WithTimeout(x.b.life, slowTimeout)
	defer cancel()
	o, err := broker.Outcome{}, error(nil)
	if p.sig.Room == "" {
		o, err = x.direct(ctx, p)
	} else {
		o, err = x.inRoom(ctx, p)
	}
	if err != nil && !errors.Is(err, broker.ErrFenced) {
		o = unavailable()
		x.b.metrics.refused.Inc()
	}
	x.mu.Lock()
	x.slow = false
	if err != nil {
		x.unknown = true
	}
	x.pump()
	if !errors.Is(err, broker.ErrFenced) {
		p.done(o)
	}
}

// direct sends to a peer.
func (x *sender) direct(ctx context.Context, p *sending) (broker.Outcome, error) {
	x.mu.Lock()
	r := x.routes[p.sig.To]
	x.mu.Unlock()
	for range attempts {
		if r == nil {
			var err error
			if r, err = x.find(ctx, p.sig.To); err != nil {
				return broker.Outcome{}, err
			}
			if r == nil {
				return x.absent(wire.CodeNoSuchPeer)
			}
		}
		if p.sig.ToN != 0 && p.sig.ToN != r.n {
			return broker.Outcome{Code: wire.CodeNoSuchPeer}, nil
		}
		o, err := x.put(ctx, p, r, p.sig.To, p.mode())
		if !errors.Is(err, errChanged) {
			if err == nil {
				x.learn(p.sig.To, r)
			}
			return o, err
		}
		r = nil
	}
	return broker.Outcome{}, broker.ErrUnavailable
}

// absent says that who was to get the signal, or to send it to a room, is not there; while pods write anew what the store has lost,
// that is not known.
func (x *sender) absent(code wire.Code) (broker.Outcome, error) {
	if !x.b.isSettled() {
		return broker.Outcome{}, broker.ErrUnavailable
	}
	return broker.Outcome{Code: code}, nil
}

// mode is how send.lua takes p.
func (p *sending) mode() string {
	if p.again {
		return "again"
	}
	return "new"
}

// put adds p to an inbox by the script, which looks exactly. errChanged: that session has ended.
func (x *sender) put(ctx context.Context, p *sending, r *route, to wire.PeerID, mode string) (broker.Outcome, error) {
	keys := x.b.keys.peer(broker.Address{App: x.s.ref.App, Peer: to})
	list, err := r.lane.askKept(ctx, sendScript, []string{r.session, r.inbox, keys.marks(r.n)},
		r.n, string(p.sig.From.Peer), p.sig.From.N, p.sig.ID, mode, x.b.limits.InboxSignals, x.b.limits.InboxBytes, p.head, p.body)
	if err != nil {
		return broker.Outcome{}, err
	}
	run := text(at(list, 1))
	switch text(at(list, 0)) {
	case "gone":
		return broker.Outcome{}, errChanged
	case "full":
		return broker.Outcome{Code: wire.CodeInboxFull}, nil
	case "stale":
		return broker.Outcome{Code: wire.CodeStale}, nil
	case "ok":
		r.k, r.lo = number(at(list, 2)), number(at(list, 3))
		r.exact, r.bytes = r.k, int(number(at(list, 5)))
	}
	x.b.wake(run, broker.Address{App: x.s.ref.App, Peer: to}, r.n, number(at(list, 2)), p)
	return broker.Outcome{Queued: run == ""}, nil
}
