package redis

import (
	"context"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// retryAfter is what a client is told to wait that was answered unavailable.
const retryAfter = 500 * time.Millisecond

// maxRoutes bounds the receivers that a session knows its way to.
const maxRoutes = 128

// sender takes the signals of one attachment in their order. Those for a receiver that it knows the way to go out at once, one
// behind the other on that receiver's lane; any other waits until nothing is under way, and what is behind it waits too.
type sender struct {
	b *Broker
	s *session

	mu      sync.Mutex
	queue   []*sending
	flying  int        // quick ones that are not answered
	failed  []*sending // quick ones that found no inbox, to be sent another way once nothing flies
	slow    bool       // one that is not quick is under way
	unknown bool       // a quick one was not answered by the store: all behind it are unavailable until nothing flies
	routes  map[wire.PeerID]*route
}

// sending is one signal on its way.
type sending struct {
	sig    broker.Signal
	answer broker.Answerer
	head   string
	body   string
	route  *route
	again  bool // a copy of it may be in the inbox
}

func (p *sending) done(o broker.Outcome) { p.answer.Answer(&p.sig, o) }

func unavailable() broker.Outcome {
	return broker.Outcome{Code: wire.CodeUnavailable, RetryAfter: retryAfter}
}

// Send implements broker.Broker.
func (b *Broker) Send(_ context.Context, sig *broker.Signal, a broker.Answerer) {
	s := b.sessions.get(sig.From.Address)
	if s == nil || !s.is(sig.From) {
		return // Lost is told, or will be
	}
	p := &sending{sig: *sig, answer: a, again: sig.Again}
	p.head, p.body = head(sig, sig.Receipt && sig.ID != 0), body(sig, time.Now())
	if b.link.state() != nil {
		b.metrics.refused.Inc()
		p.done(unavailable())
		return
	}
	s.mu.Lock()
	if s.sender == nil {
		s.sender = &sender{b: b, s: s}
	}
	x := s.sender
	s.mu.Unlock()
	x.mu.Lock()
	x.queue = append(x.queue, p)
	x.pump()
}

// pump starts what may start, and unlocks mu.
func (x *sender) pump() {
	var start []*sending
	var slow *sending
	for len(x.queue) > 0 && !x.slow && len(x.failed) == 0 && !x.unknown {
		p := x.queue[0]
		if r := x.quick(p); r != nil {
			p.route = r
			r.flying++
			x.flying++
			start = append(start, p)
		} else if x.flying > 0 {
			break
		} else {
			x.slow = true
			slow = p
		}
		x.queue[0] = nil
		x.queue = x.queue[1:]
	}
	var refuse []*sending
	if x.flying == 0 && !x.slow {
		switch {
		case x.unknown: // what is behind the unknown one must not overtake it
			refuse, x.queue, x.unknown = append(x.failed, x.queue...), nil, false
			x.failed = nil
		case len(x.failed) > 0:
			slow, x.failed = x.failed[0], x.failed[1:]
			x.slow = true
		}
	}
	if len(x.queue) == 0 {
		x.queue = nil
	}
	for _, p := range start { // under mu, so that lanes see them in this order
		x.launch(p)
	}
	x.mu.Unlock()
	for _, p := range refuse {
		x.b.metrics.refused.Inc()
		p.done(unavailable())
	}
	if slow != nil {
		go x.slowly(slow)
	}
}

// quick returns the route by which p may go without another question, nil where there is none.
func (x *sender) quick(p *sending) *route {
	if p.sig.Room != "" || p.again {
		return nil
	}
	r := x.routes[p.sig.To]
	if r == nil || p.sig.ToN != 0 && p.sig.ToN != r.n || !r.spacious(x.b.limits, len(p.body)) {
		return nil
	}
	return r
}

// launch adds p to its receiver's inbox and asks where the receiver is. In this order an attach before the question shows
// the new pod, and one after it reads the entry.
func (x *sender) launch(p *sending) {
	r := p.route
	ctx := x.b.life
	r.bytes += len(p.body)
	add := goredis.NewStringCmd(ctx, "xadd", r.inbox, "nomkstream", "0-*", p.head, p.body)
	ask := goredis.NewSliceCmd(ctx, "hmget", r.session, "run", "lo")
	r.lane.do(&call{cmds: []goredis.Cmder{add, ask}, key: r.session, kept: true, done: func() { x.landed(p, add, ask) }})
}

// landed takes the store's answer to a quick one.
func (x *sender) landed(p *sending, add *goredis.StringCmd, ask *goredis.SliceCmd) {
	r := p.route
	id, err := add.Result()
	where, askErr := ask.Result()
	k, run := parseID(id), text(at(where, 0))
	ok := err == nil && askErr == nil
	x.mu.Lock()
	x.flying--
	r.flying--
	switch {
	case ok:
		r.k, r.lo = max(r.k, k), number(at(where, 1))
	case isNil(err): // that session has ended
		delete(x.routes, p.sig.To)
		p.again = true // a later one may be there already, by another way
		x.failed = append(x.failed, p)
	default: // the way stays: send.lua says where it has become another one
		x.unknown = true
	}
	if !ok && !isNil(err) {
		x.pump()
		x.b.metrics.refused.Inc()
		p.done(unavailable())
		return
	}
	x.pump()
	if ok {
		p.done(broker.Outcome{Queued: run == ""})
		x.b.wake(run, broker.Address{App: p.sig.From.App, Peer: p.sig.To}, r.n, k, p)
	}
}

// wake tells the pod of a session that it has entry k.
func (b *Broker) wake(run string, to broker.Address, n, k int64, p *sending) {
	if run != "" && k > 0 {
		b.post.to(run, &message{kind: kindWake, addr: to, n: n, k: k, head: p.head, body: p.body})
	}
}
