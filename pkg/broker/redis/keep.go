package redis

import (
	"context"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// keepEvery is how often the pod that sweeps looks for pods that are dead and graces that are over.
const keepEvery = time.Second

// reconcileEvery is how often a pod looks whether the store says that it has what it has not.
const reconcileEvery = time.Minute

// keep sweeps while this pod is the one to do it: any may, one does. What it does may be done twice.
func (b *Broker) keep(ctx context.Context) {
	t, r := time.NewTicker(keepEvery), time.NewTicker(reconcileEvery)
	defer t.Stop()
	defer r.Stop()
	for {
		select {
		case <-t.C:
		case <-r.C:
			if b.link.state() == nil {
				_ = b.reconcile(ctx) // or the next time
			}
			continue
		case <-ctx.Done():
			return
		}
		// Nobody is dead before Redis has answered for a lease: what was away was Redis.
		if b.link.state() == nil && b.link.upFor() >= b.opts.Lease {
			b.sweep(ctx)
		}
	}
}

func (b *Broker) sweep(ctx context.Context) {
	list, err := b.lane(0).ask(ctx, keepScript, []string{b.keys.keeper(), b.keys.leases()}, b.run, (3 * keepEvery).Milliseconds())
	if err != nil || len(list) < 3 {
		return
	}
	living := texts(list[2])
	for _, run := range texts(list[1]) {
		if run != b.run && b.bury(ctx, run) {
			b.log.Info("redis: a pod's lease has ended; its sessions are in grace", "pod", run)
			b.metrics.buried.Inc()
			for _, other := range living { // what it kept for them and did not live to say
				b.post.to(other, &message{kind: kindVerify})
			}
		}
	}
	b.sweepDue(ctx, text(list[0]))
	b.sweepEnded(ctx)
}

// bury begins the grace of all sessions of a dead pod; false where the store did not answer.
func (b *Broker) bury(ctx context.Context, run string) bool {
	held, ok := b.eachShard(func(keys ofPeer) (string, []any) {
		return keys.attached(run), []any{"smembers", keys.attached(run)}
	})
	if !ok {
		return false
	}
	for shard, addresses := range held {
		keys := b.keys.peerShard(shard)
		for _, a := range addresses {
			keys.address = a
			if _, err := b.lane(shard).ask(ctx, orphanScript, []string{keys.session(), keys.attached(run), keys.due()}, run, a); err != nil {
				return false
			}
		}
	}
	_, err := b.lane(0).ask(ctx, unleaseScript, []string{b.keys.leases()}, run)
	return err == nil
}

// sweepDue ends the sessions whose grace is over and whose pod did not do it.
func (b *Broker) sweepDue(ctx context.Context, now string) {
	due, _ := b.eachShard(func(keys ofPeer) (string, []any) {
		return keys.due(), []any{"zrangebyscore", keys.due(), "-inf", now, "limit", "0", "256"}
	})
	for shard, addresses := range due {
		for _, a := range addresses {
			app, peer, _ := strings.Cut(a, "/")
			addr := broker.Address{App: wire.AppID(app), Peer: wire.PeerID(peer)}
			if s := b.sessions.get(addr); s != nil && s.stateNow() == parked {
				continue // its own timer does it
			}
			keys := b.keys.peer(addr)
			f, err := b.look(ctx, keys)
			if err != nil {
				return
			}
			if !f.exists {
				_, _ = b.lane(shard).command(ctx, keys.due(), "zrem", keys.due(), a)
				continue
			}
			s := &session{ref: broker.Ref{Address: addr, N: f.n, Att: f.att}, keys: keys, state: parked}
			if err := b.end(ctx, s, ""); err != nil {
				return
			}
		}
	}
}

// sweepEnded leaves the rooms of sessions whose pod died while they ended. One that is just doing so is helped: to leave twice is to leave
// once.
func (b *Broker) sweepEnded(ctx context.Context) {
	ended, _ := b.eachShard(func(keys ofPeer) (string, []any) {
		return keys.ended(), []any{"hgetall", keys.ended()}
	})
	for _, all := range ended {
		for i := 0; i+1 < len(all); i += 2 {
			j := strings.LastIndexByte(all[i], ':')
			app, peer, ok := strings.Cut(all[i][:max(0, j)], "/")
			n, err := strconv.ParseInt(all[i][j+1:], 10, 64)
			if !ok || err != nil {
				continue
			}
			addr := broker.Address{App: wire.AppID(app), Peer: wire.PeerID(peer)}
			ref := broker.Ref{Address: addr, N: n, Att: wire.MaxID}
			if b.leaveRooms(ctx, ref, b.keys.peer(addr), strings.Fields(all[i+1])) != nil {
				return
			}
		}
	}
}

// eachShard asks the same of all peer shards together; it returns those that answered something.
func (b *Broker) eachShard(command func(ofPeer) (string, []any)) (map[int][]string, bool) {
	cmds := make([]*goredis.Cmd, shards)
	left := make(chan struct{}, shards)
	for shard := range shards {
		key, args := command(b.keys.peerShard(shard))
		cmds[shard] = goredis.NewCmd(b.life, args...)
		b.lane(shard).do(&call{cmds: []goredis.Cmder{cmds[shard]}, key: key, done: func() { left <- struct{}{} }})
	}
	for range shards {
		<-left
	}
	found, ok := make(map[int][]string), true
	for shard, cmd := range cmds {
		list, err := cmd.Result()
		ok = ok && err == nil
		if all := texts(list); len(all) > 0 {
			found[shard] = all
		}
	}
	return found, ok
}

// retire ends this pod's lease. Where it leaves something behind, the lease has ended but is there, so that whoever sweeps finds it.
func (b *Broker) retire(ctx context.Context) {
	clean := b.later.len() == 0
	for _, s := range b.sessions.all() {
		clean = clean && s.stateNow() == parked
	}
	cmd := goredis.NewCmd(ctx, "zadd", b.keys.leases(), "0", b.run)
	if clean {
		cmd = goredis.NewCmd(ctx, "zrem", b.keys.leases(), b.run)
	}
	done := newSignal()
	b.lane(0).do(&call{cmds: []goredis.Cmder{cmd}, key: b.keys.leases(), urgent: true, done: done.give})
	<-done
}
