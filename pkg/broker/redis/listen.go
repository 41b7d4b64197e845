package redis

import (
	"context"
	"errors"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// resubscribeAfter is the pause before a new subscription.
const resubscribeAfter = 50 * time.Millisecond

// listen keeps a subscription to this pod's channel until ctx ends. It has a receive loop of its own: the library's channel would
// drop what is not taken, and connect anew without a word.
func (l *link) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := l.hear(ctx)
		l.subscribed.Store(false)
		if ctx.Err() != nil {
			return
		}
		l.down(err)
		l.still(err)
		if cluster, is := l.b.client.(*goredis.ClusterClient); is {
			cluster.ReloadState(ctx) // the channel's slot may be elsewhere; a subscription does not follow it
		}
		select {
		case <-time.After(resubscribeAfter):
		case <-ctx.Done():
		}
	}
}

// hear subscribes and takes what comes until the subscription fails.
func (l *link) hear(ctx context.Context) error {
	channel := l.b.keys.channel(l.b.run)
	ps := l.b.client.SSubscribe(ctx)
	defer ps.Close()
	if err := ps.SSubscribe(ctx, channel); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = ps.Close() })()
	for {
		got, err := ps.ReceiveTimeout(ctx, receiveLimit)
		if err != nil {
			return err
		}
		switch m := got.(type) {
		case *goredis.Subscription:
			if m.Kind != "ssubscribe" || m.Channel != channel {
				return errors.New("unsubscribed: the channel's slot has moved")
			}
			l.mu.Lock()
			l.pubsub = ps
			l.mu.Unlock()
			l.subscribed.Store(true)
			l.poke()
		case *goredis.Pong:
			l.lastPong.Store(int64(l.b.now()))
		case *goredis.Message:
			l.batch(m.Payload)
		}
	}
}

// batch takes what a pod says.
func (l *link) batch(raw string) {
	from, number, err := parseBatch(raw, l.b.receive)
	if err != nil {
		l.b.metrics.unreadable.Inc()
		l.missed()
		return
	}
	if from == l.b.run {
		return
	}
	l.mu.Lock()
	last, known := l.numbers[from]
	if len(l.numbers) >= maxPods && !known {
		clear(l.numbers)
	}
	l.numbers[from] = number
	l.mu.Unlock()
	if known && number > last+1 {
		l.missed()
	}
}

// receive takes one message, from another pod or from this one.
func (b *Broker) receive(m *message) {
	switch m.kind {
	case kindWake:
		b.sessions.woke(m.addr)
		s := b.sessions.get(m.addr)
		if s == nil || s.ref.N != m.n {
			return
		}
		s.mu.Lock()
		held := s.state == attached
		if held {
			s.box.offer(m.k, strings.Clone(m.head), strings.Clone(m.body))
		}
		s.mu.Unlock()
		if held {
			b.sink.Wake(m.addr)
		}
	case kindLost:
		b.overtaken(m)
	case kindPresence:
		b.watch.take(roomAt(m), m.presence)
	case kindReceipt:
		b.sink.Receipt(m.addr, m.n, m.receipt)
	case kindEcho:
		b.link.echoed(m.k)
	case kindVerify:
		b.link.missed()
	case kindStale:
		b.watch.stale(roomAt(m))
	}
}

// overtaken ends the attachment that another pod has taken over.
func (b *Broker) overtaken(m *message) {
	s := b.sessions.lost(broker.Ref{Address: m.addr, N: m.n, Att: m.att}, m.code)
	if s == nil {
		return
	}
	told := s.stateNow() == attached
	if !s.finish() {
		return
	}
	b.sessions.remove(s)
	b.forget(s)
	if told {
		b.sink.Lost(s.ref, m.code)
	}
}
