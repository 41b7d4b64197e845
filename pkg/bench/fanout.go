package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Fanout is one sender in a room.
type Fanout struct {
	// Room is how many members it has, the sender among them.
	Room int `json:"room"`
	// Rate is the sender's signals a second.
	Rate float64 `json:"rate"`
	// Payload are sizes in bytes.
	Payload Sizes `json:"payload_bytes"`
}

// joinTimeout bounds one member's join.
const joinTimeout = 30 * time.Second

// Name is "fanout".
func (Fanout) Name() string { return "fanout" }

// Validate names the first field that cannot be.
func (l Fanout) Validate() error {
	return errors.Join(checkCount("room", l.Room, 2, 100_000), checkRate("rate", l.Rate, false),
		l.Payload.check("payload-bytes"))
}

func (l Fanout) sockets() int { return l.Room }
func (l Fanout) ports() int   { return l.Room }

func (l Fanout) environ() []string {
	return []string{"ALDIS_ROOM_PEERS=" + strconv.Itoa(max(1000, l.Room))}
}

func (Fanout) unit() string { return "deliveries" }

func (l Fanout) describe() string {
	return fmt.Sprintf("a room of %d at %g signals/s", l.Room, l.Rate)
}

func (l Fanout) run(ctx context.Context, b *bench) error {
	last := &lastOnes{meter: &b.meter, left: map[int64]int{}}
	receivers := make([]*receiver, l.Room-1)
	for i := range receivers {
		receivers[i] = &receiver{bench: b, from: b.name(0), stream: newStream(&b.meter.promises), far: b.apart(0, i+1), got: last.one}
	}
	b.enter("opening")
	all, err := b.open(ctx, l.Room, true, func(i int) client.Options {
		o := b.options()
		o.Peer = b.name(i)
		if i > 0 {
			o.Handle = receivers[i-1].handle
		}
		return o
	})
	defer all.close(ctx)
	b.crowd = all
	if err != nil {
		return err
	}
	every, _, err := pace(l.Rate, all.clients[0].Limits().SignalsPerSec)
	if err != nil {
		return err
	}
	room := wire.RoomID(b.name(0))
	b.enter("joining")
	if err := l.join(ctx, all, room); err != nil {
		return err
	}
	payloads := newPool(wire.KindMessage, l.Payload, b.rand)
	var data []byte
	send := &sender{bench: b, client: all.clients[0], every: every, window: wire.Window}
	send.signal = func(at time.Duration) (client.Signal, int64) {
		var index int64
		for _, r := range receivers {
			index = r.stream.next() // the same for all
		}
		last.begin(index, len(receivers))
		data = payloads.append(data[:0], int(index), 0, index, at)
		return client.Signal{Room: room, Data: data}, index
	}
	send.answered = func(index int64, _ time.Duration, ack client.Ack, o outcome) {
		if o == acked && ack.Receivers < len(receivers) {
			o = unknown // who was left out is not told
			b.meter.full.Add(int64(len(receivers) - ack.Receivers))
		}
		for _, r := range receivers {
			r.stream.answered(index, o)
		}
		if o != acked {
			last.drop(index)
		}
	}
	return b.traffic(ctx, []*sender{send}, receivers)
}

// join brings everybody into the room, openers at once.
func (l Fanout) join(ctx context.Context, all *crowd, room wire.RoomID) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(openers, l.Room) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < l.Room && ctx.Err() == nil; i = int(next.Add(1) - 1) {
				one, stop := context.WithTimeout(ctx, joinTimeout)
				if _, err := all.clients[i].Join(one, room, nil); err != nil {
					cancel(fmt.Errorf("join: %w", err))
				}
				stop()
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (l Fanout) report(b *bench, r *Result) {
	r.Signals = b.signals()
	r.Signals.LastLatency = b.meter.last.Percentiles()
	r.Signals.NotDelivered = b.meter.full.Load()
	for _, c := range r.costs() {
		c.CPUPerDelivery = c.per(r.Signals.Received)
	}
}

// maxLeft bounds the room signals that are under way to somebody; above it one is not in the figures of last receivers.
const maxLeft = 4096

// lastOnes finds out when a room signal has reached its last receiver.
type lastOnes struct {
	meter *meter
	mu    sync.Mutex
	left  map[int64]int // receivers that do not have it yet, by index
}

func (l *lastOnes) begin(index int64, receivers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.left) < maxLeft {
		l.left[index] = receivers
	}
}

// one notes one receiver more.
func (l *lastOnes) one(index int64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, known := l.left[index]
	if !known {
		return
	}
	if l.left[index] = n - 1; n > 1 {
		return
	}
	delete(l.left, index)
	if l.meter.within(at) {
		l.meter.last.Record(l.meter.now() - at)
	}
}

// drop forgets a signal that will not reach all.
func (l *lastOnes) drop(index int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.left, index)
}
