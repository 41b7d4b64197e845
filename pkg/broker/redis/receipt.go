package redis

import (
	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// receipts are the origins of the first n entries whose senders want to be told.
func (b *box) receipts(n int) (list []origin) {
	for i := range b.items[:n] {
		if it := &b.items[i]; it.receipt && it.seq > b.lw {
			list = append(list, it.origin)
		}
	}
	return list
}

// receipts tells senders what became of their signals at the session of ref. Best effort: where the store does not answer there is
// none.
func (b *Broker) receipts(ref broker.Ref, list []origin, status string) {
	for _, o := range list {
		to := broker.Address{App: ref.App, Peer: o.peer}
		m := &message{
			kind: kindReceipt, addr: to, n: o.n,
			receipt: broker.Receipt{ID: o.id, Peer: ref.Peer, N: ref.N, Status: status},
		}
		if s := b.sessions.get(to); s != nil && s.stateNow() == attached { // on this pod
			b.receive(m)
			continue
		}
		keys := b.keys.peer(to)
		cmd := goredis.NewCmd(b.life, "hmget", keys.session(), "n", "run")
		b.lane(keys.shard).do(&call{cmds: []goredis.Cmder{cmd}, key: keys.session(), done: func() {
			if v, err := cmd.Slice(); err == nil && number(at(v, 0)) == o.n {
				b.post.to(text(at(v, 1)), m)
			}
		}})
	}
}
