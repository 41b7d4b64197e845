package redis

import (
	"context"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// A store that has gone back in time has sessions that ended, and lacks others.

// clearOlder ends an earlier incarnation that is there in place of s.
func (b *Broker) clearOlder(ctx context.Context, s *session) error {
	list, err := b.lane(s.keys.shard).askUrgent(ctx, lookScript, []string{s.keys.session()})
	if err != nil {
		return err
	}
	f := foundIn(list)
	if !f.exists || f.n >= s.ref.N {
		return nil
	}
	old := broker.Ref{Address: s.ref.Address, N: f.n, Att: f.att}
	if list, err = b.lane(s.keys.shard).askUrgent(ctx, endScript, []string{
		s.keys.session(), s.keys.inbox(f.n), s.keys.marks(f.n), s.keys.attached(f.run), s.keys.due(), s.keys.ended(),
	}, f.n, f.att, f.run, s.keys.address, "now"); err != nil {
		return err
	}
	if rooms := texts(at(list, 1)); number(at(list, 0)) == 1 && len(rooms) > 0 {
		b.later.add(func(ctx context.Context) error { return b.leaveRooms(ctx, old, s.keys, rooms) })
	}
	return nil
}

// reconcile gives up what the store says that this pod has and it has not: an end or a detach was lost.
func (b *Broker) reconcile(ctx context.Context) error {
	held, ok := b.eachShard(func(keys ofPeer) (string, []any) {
		return keys.attached(b.run), []any{"smembers", keys.attached(b.run)}
	})
	if !ok {
		return broker.ErrUnavailable
	}
	for shard, addresses := range held {
		keys := b.keys.peerShard(shard)
		for _, a := range addresses {
			app, peer, _ := strings.Cut(a, "/")
			addr := broker.Address{App: wire.AppID(app), Peer: wire.PeerID(peer)}
			if b.sessions.known(addr) {
				continue
			}
			keys.address = a
			if _, err := b.lane(shard).ask(ctx, orphanScript, []string{keys.session(), keys.attached(b.run), keys.due()}, b.run, a); err != nil {
				return err
			}
		}
	}
	return nil
}
