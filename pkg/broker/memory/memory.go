package memory

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

const shardCount = 64

// Broker implements broker.Broker in memory.
type Broker struct {
	limits broker.Limits
	seed   maphash.Seed
	sink   broker.Sink
	shards [shardCount]shard

	rooms [shardCount]roomShard

	sessions atomic.Int64 // alive, attached or in grace
	lastN    atomic.Int64
	lastV    atomic.Int64 // highest version of a room that has ended

	grace  graceQueue
	closed atomic.Bool
	stop   context.CancelFunc
	done   chan struct{}
}

type shard struct {
	mu   sync.Mutex
	held map[broker.Address]*session // guarded by mu
}

// New returns a Broker that takes nothing before Start.
func New(limits broker.Limits) *Broker {
	b := &Broker{limits: limits.WithDefaults(), seed: maphash.MakeSeed(), done: make(chan struct{})}
	for i := range b.shards {
		b.shards[i].held = make(map[broker.Address]*session)
		b.rooms[i].rooms = make(map[broker.RoomAddress]*room)
	}
	b.grace.wake = make(chan struct{}, 1)
	return b
}

// Start implements broker.Broker: it starts the goroutine that ends sessions when their grace does.
func (b *Broker) Start(ctx context.Context, sink broker.Sink) error {
	b.sink = sink
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(b.done)
		b.grace.run(ctx, b.expire)
	}()
	return nil
}

// Close implements broker.Broker. What is kept is gone with the process.
func (b *Broker) Close(ctx context.Context) error {
	b.closed.Store(true)
	if b.stop == nil {
		return nil
	}
	b.stop()
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Check implements broker.Broker: memory always answers.
func (b *Broker) Check(context.Context) error { return nil }

// Sessions returns how many sessions are alive, attached or in grace.
func (b *Broker) Sessions() int { return int(b.sessions.Load()) }

// Rooms returns how many rooms have members.
func (b *Broker) Rooms() int {
	n := 0
	for i := range b.rooms {
		b.rooms[i].mu.Lock()
		n += len(b.rooms[i].rooms)
		b.rooms[i].mu.Unlock()
	}
	return n
}

func (b *Broker) shard(a broker.Address) *shard {
	return &b.shards[maphash.Comparable(b.seed, a)%shardCount]
}

func (b *Broker) find(a broker.Address) *session {
	sh := b.shard(a)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.held[a]
}

// of returns the session of ref and locks it, or ErrFenced.
func (b *Broker) of(ref broker.Ref) (*session, error) {
	s := b.find(ref.Address)
	if s == nil || s.n != ref.N {
		return nil, broker.ErrFenced
	}
	s.mu.Lock()
	if s.ended || s.att != ref.Att || !s.attached {
		s.mu.Unlock()
		return nil, broker.ErrFenced
	}
	return s, nil
}

// nextN returns a number above all before: microseconds since 1970 where the clock went on.
func (b *Broker) nextN() int64 {
	for {
		old := b.lastN.Load()
		n := max(old+1, time.Now().UnixMicro())
		if b.lastN.CompareAndSwap(old, n) {
			return n
		}
	}
}

// wakeLocked tells the sink that s has signals, if somebody reads them.
func (b *Broker) wakeLocked(s *session) {
	if s.attached {
		b.sink.Wake(s.addr)
	}
}

var _ broker.Broker = (*Broker)(nil)
