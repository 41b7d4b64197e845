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

// Broker implements broker.Broker over Redis.
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

	lastN   atomic.Int64    // the highest incarnation given or seen
	waiting atomic.Int64    // calls in all lanes
	life    context.Context // ends with Close
	began   time.Time
	closed  atomic.Bool
	stop    context.CancelFunc
	tasks   sync.WaitGroup
}

// New returns a Broker that asks nothing of Redis before Start. log nil means slog.Default, reg nil keeps the metrics to themselves.
// The error names a setting that cannot be.
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

// newRun names this process. A container that is started again has the same host name, so chance tells them apart.
func newRun() string {
	host, err := os.Hostname()
	if err != nil || len(host) > 100 {
		host = "pod"
	}
	var r [8]byte
	rand.Read(r[:]) // never fails (crypto/rand)
	return host + "." + hex.EncodeToString(r[:])
}

// startTimeout bounds Start: a pod that cannot reach its store says so and ends, and is started again.
const startTimeout = 10 * time.Second

// Start implements broker.Broker. It fails where Redis is not reached within 10 s, is older than 7.0, or evicts.
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

// Close implements broker.Broker. Sessions live on; this pod's lease ends.
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
	var late error
	select {
	case <-done:
	case <-ctx.Done():
		late = ctx.Err()
	}
	return errors.Join(late, b.client.Close())
}

// Check implements broker.Broker: it asks nothing, the link knows.
func (b *Broker) Check(context.Context) error {
	if b.closed.Load() {
		return broker.ErrClosed
	}
	return b.link.state()
}

// now is the time since the broker was made, by the monotonic clock.
func (b *Broker) now() time.Duration { return time.Since(b.began) }

// lane returns the lane of a shard: all commands for one address go through one.
func (b *Broker) lane(shard int) *lane { return b.lanes[shard%len(b.lanes)] }

// mine returns the session of ref, while this pod may speak for it.
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

// lost ends an attachment here, and tells it.
func (b *Broker) lost(s *session, code wire.CloseCode) {
	if s.finish() {
		b.sessions.remove(s)
		b.forget(s)
		b.sink.Lost(s.ref, code)
	}
}

// isNil reports a reply that is no value.
func isNil(err error) bool { return errors.Is(err, goredis.Nil) }
