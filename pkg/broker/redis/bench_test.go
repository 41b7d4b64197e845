package redis

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/brokertest"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func BenchmarkBroker(b *testing.B) {
	s := redistest.Start(b)
	brokertest.Benchmark(b, opened(Options{Addresses: []string{s.Addr()}}, s.Keys))
}

// BenchmarkAcross sends between two pods as fast as it goes, eight signals unanswered for each of a hundred pairs; receivers ack
// as sessions do. redis-µs/op is the CPU time of Redis.
func BenchmarkAcross(b *testing.B) {
	const pairs, window = 100, 8
	s := redistest.Start(b)
	var two [2]*Broker
	var ears [2]*deliverer
	for i := range two {
		p, err := New(Options{Addresses: []string{s.Addr()}}, broker.Limits{}, slog.New(slog.NewTextHandler(io.Discard, nil)), nil)
		if err != nil {
			b.Fatal(err)
		}
		ears[i] = &deliverer{pod: p, at: make(map[broker.Address]*reading)}
		if err := p.Start(b.Context(), ears[i]); err != nil {
			b.Fatal(err)
		}
		defer p.Close(context.Background())
		two[i] = p
	}
	attach := func(pod int, name string) broker.Ref {
		addr := broker.Address{App: "app", Peer: wire.PeerID(name)}
		a, err := two[pod].Attach(b.Context(), broker.AttachRequest{Address: addr, Grace: time.Minute})
		if err != nil {
			b.Fatal(err)
		}
		ears[pod].mu.Lock()
		ears[pod].at[addr] = &reading{ref: a.Ref}
		ears[pod].mu.Unlock()
		return a.Ref
	}
	var from [pairs]broker.Ref
	for i := range from {
		from[i] = attach(i%2, fmt.Sprint("from", i))
		attach((i+1)%2, fmt.Sprint("to", i))
	}
	data := make([]byte, 1200)
	b.ReportAllocs()
	b.ResetTimer()
	before := s.CPU(b)
	var wg sync.WaitGroup
	for i := range from {
		wg.Go(func() {
			answers := make(answered, window)
			flying, id := 0, int64(0)
			for range b.N / pairs {
				if flying == window {
					if o := <-answers; o.Code != "" {
						b.Error(o.Code)
						return
					}
					flying--
				}
				id++
				flying++
				two[i%2].Send(b.Context(), &broker.Signal{From: from[i], ID: id, To: wire.PeerID(fmt.Sprint("to", i)), Kind: "offer", Data: data}, answers)
			}
			for ; flying > 0; flying-- {
				<-answers
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((s.CPU(b)-before).Microseconds())/float64(b.N), "redis-µs/op")
}

type answered chan broker.Outcome

// Answer implements broker.Answerer.
func (a answered) Answer(_ *broker.Signal, o broker.Outcome) { a <- o }

// deliverer is a Sink that reads and acks.
type deliverer struct {
	broker.Sink
	pod *Broker
	mu  sync.Mutex
	at  map[broker.Address]*reading
}

type reading struct {
	mu  sync.Mutex
	ref broker.Ref
	seq int64
	on  bool
	buf [32]broker.Entry
}

// Wake implements broker.Sink.
func (d *deliverer) Wake(a broker.Address) {
	d.mu.Lock()
	r := d.at[a]
	d.mu.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	if r.on {
		r.mu.Unlock()
		return
	}
	r.on = true
	r.mu.Unlock()
	go d.read(r)
}

func (d *deliverer) read(r *reading) {
	for {
		r.mu.Lock()
		list, err := d.pod.Inbox(context.Background(), r.ref, r.seq, r.buf[:0])
		if err != nil || len(list) == 0 {
			r.on = false
			r.mu.Unlock()
			return
		}
		r.seq = list[len(list)-1].Seq
		_ = d.pod.Ack(context.Background(), r.ref, r.seq)
		r.mu.Unlock()
	}
}

// Presence implements broker.Sink.
func (d *deliverer) Presence(broker.RoomAddress, broker.Presence) {}
