package redis

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

type Broker struct {
	opts    Options
	limits  broker.Limits
	log     *slog.Logger
	metrics *metrics
	keys    keys
	run     string // this process: the pod's name and 64 random bits
	sink    broker.Sink

	client   goredis.UniversalClient
	lanes    []*lane
	post     *post
	link     *link
	sessions sessions
	watch    watches
	graces   graces
	later    later
	acks     acks

	departures departures
	settles    settles

	lastN  atomic.Int64
	life   context.Context // ends with Close
	began  time.Time
	closed atomic.Bool
	stop   context.CancelFunc
	tasks  sync.WaitGroup
}

func New(o Options, limits broker.Limits, log *slog.Logger, reg prometheus.Registerer) (*Broker, error) {
	o = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.Default()
	}
	b := &Broker{
		opts: o, limits: limits.WithDefaults(), log: log, keys: keys{o.Prefix}, run: newRun(), began: time.Now(),
	}
	b.life, b.stop = context.WithCancel(context.Background())
	b.metrics = newMetrics(reg, b)
	b.link = newLink(b)
	b.post = newPost(b)
	b.sessions.init()
	b.watch.init(b)
	b.graces.init()
	b.later.init()
	b.acks.init()
	return b, nil
}

func newRun() string {
	host, err := os.Hostname()
	if err != nil || len(host) > 100 {
		host = "pod"
	}
	var r [8]byte
	rand.Read(r[:]) // never fails (crypto/rand)
	return host + "." + hex.EncodeToString(r[:])
}

const startTimeout = 10 * time.Second

func (b *Broker) Start(ctx context.Context, sink broker.Sink) error {
	b.sink = sink
	limited, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	client, err := b.connect(limited)
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	b.client = client
	count := lanesOfOne
	if _, cluster := client.(*goredis.ClusterClient); cluster {
		count = lanesOfCluster
	}
	for range count {
		l := newLane(b)
		b.lanes = append(b.lanes, l)
		b.tasks.Go(func() { l.loop(b.life) })
	}
	for _, task := range []func(context.Context){
		b.link.loop, b.link.tend, b.link.listen, b.graces.loop(b), b.later.loop(b), b.acks.loop(b), b.keep,
	} {
		b.tasks.Go(func() { task(b.life) })
	}
	if err := b.link.wait(limited); err != nil {
		_ = b.Close(context.WithoutCancel(ctx))
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

func (b *Broker) Close(ctx context.Context) error {
	if b.client == nil || b.closed.Swap(true) {
		b.closed.Store(true)
		b.stop()
		return nil
	}
	b.acks.flushAll(ctx, b)
	b.retire(ctx)
	b.stop()
	done := make(chan struct{})
	go func() {
		b.tasks.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return b.client.Close()
}

func (b *Broker) Check(context.Context) error {
	if b.closed.Load() {
		return broker.ErrClosed
	}
	return b.link.state()
}

func (b *Broker) now() time.Duration { return time.Since(b.began) }

func (b *Broker) lane(shard int) *lane { return b.lanes[shard%len(b.lanes)] }

func (b *Broker) mine(ref broker.Ref) (*session, error) {
	if b.closed.Load() {
		return nil, broker.ErrClosed
	}
	s := b.sessions.get(ref.Address)
	if s == nil || !s.is(ref) {
		return nil, broker.ErrFenced
	}
	if err := b.link.state(); err != nil {
		return nil, broker.ErrUnavailable
	}
	return s, nil
}

func (b *Broker) lost(s *session, code wire.CloseCode) {
	if s.finish() {
		b.sessions.remove(s)
		b.forget(s)
		b.sink.Lost(s.ref, code)
	}
}

func isNil(err error) bool { return errors.Is(err, goredis.Nil) }
