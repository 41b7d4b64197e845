package brokertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Benchmark measures the brokers that open makes.
func Benchmark(b *testing.B, open Open) {
	limits := broker.Limits{InboxSignals: 1 << 10, InboxBytes: 1 << 30, RoomPeers: 2000, Sessions: 1 << 20}
	b.Run("Signal", func(b *testing.B) {
		p, woken := listening(b, open, limits)
		benchmarkSignal(b, p, woken)
	})
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("RoomFanOut/%d", n), func(b *testing.B) { benchmarkRoom(b, quiet(b, open, limits), n) })
	}
	b.Run("Attach", func(b *testing.B) { benchmarkAttach(b, quiet(b, open, limits)) })
	b.Run("Resume", func(b *testing.B) { benchmarkResume(b, quiet(b, open, limits)) })
}

// offer is a signal's data of 1.2 kB, the size of a small SDP.
var offer = make([]byte, 1200)

// silence is a Sink that costs next to nothing.
type silence struct {
	broker.Sink
	woken chan struct{} // holds one
}

// Wake implements broker.Sink.
func (s silence) Wake(broker.Address) {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}
func (silence) Lost(broker.Ref, wire.CloseCode)               {}
func (silence) Presence(broker.RoomAddress, broker.Presence)  {}
func (silence) Receipt(broker.Address, int64, broker.Receipt) {}
func (silence) Gap(broker.Address)                            {}
func (silence) Stale(broker.RoomAddress)                      {}

// quiet opens a fleet and starts its first pod.
func quiet(b *testing.B, open Open, limits broker.Limits) broker.Broker {
	b.Helper()
	p, _ := listening(b, open, limits)
	return p
}

// listening is quiet, and the channel that says that there was a Wake.
func listening(b *testing.B, open Open, limits broker.Limits) (broker.Broker, <-chan struct{}) {
	b.Helper()
	p, ear := open(b, limits).Pods[0], silence{woken: make(chan struct{}, 1)}
	if err := p.Start(context.Background(), ear); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return p, ear.woken
}

func opened(b *testing.B, p broker.Broker, peer string) broker.Attachment {
	b.Helper()
	a, err := p.Attach(context.Background(), request(wire.PeerID(peer)))
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// taker is an Answerer that waits for each answer.
type taker chan broker.Outcome

func (a taker) Answer(_ *broker.Signal, o broker.Outcome) { a <- o }

func benchmarkSignal(b *testing.B, p broker.Broker, woken <-chan struct{}) {
	c := context.Background()
	from, to := opened(b, p, "from"), opened(b, p, "to")
	answers, buf := make(taker, 1), make([]broker.Entry, 0, 16)
	s := broker.Signal{From: from.Ref, To: "to", Kind: wire.KindOffer, Data: offer}
	var seq int64
	b.ReportAllocs()
	for b.Loop() {
		s.ID++
		p.Send(c, &s, answers)
		if o := <-answers; o.Code != "" {
			b.Fatal(o.Code)
		}
		<-woken
		list, err := p.Inbox(c, to.Ref, seq, buf)
		if err != nil || len(list) != 1 {
			b.Fatal(len(list), err)
		}
		seq = list[0].Seq
		if err := p.Ack(c, to.Ref, seq); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkRoom measures one signal to n others. Each of them reads and acks once in 16 signals, as sessions do.
func benchmarkRoom(b *testing.B, p broker.Broker, n int) {
	c := context.Background()
	members := make([]broker.Ref, n+1)
	for i := range members {
		members[i] = opened(b, p, fmt.Sprint("m", i)).Ref
		if _, err := p.Join(c, members[i], "r", nil); err != nil {
			b.Fatal(err)
		}
	}
	answers, buf := make(taker, 1), make([]broker.Entry, 0, 16)
	s := broker.Signal{From: members[n], Room: "r", Kind: wire.KindOffer, Data: offer}
	b.ReportAllocs()
	for b.Loop() {
		s.ID++
		p.Send(c, &s, answers)
		if o := <-answers; o.Receivers != n {
			b.Fatalf("%+v", o)
		}
		if s.ID%16 != 0 {
			continue
		}
		for _, ref := range members[:n] {
			list, err := p.Inbox(c, ref, s.ID-16, buf)
			if err != nil || len(list) != 16 {
				b.Fatal(len(list), err)
			}
			if err := p.Ack(c, ref, s.ID); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchmarkAttach(b *testing.B, p broker.Broker) {
	c := context.Background()
	for i := range 10_000 { // among others
		opened(b, p, fmt.Sprint("other", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		a := opened(b, p, "peer")
		if err := p.Confirm(c, a.Ref); err != nil {
			b.Fatal(err)
		}
		if err := p.End(c, a.Ref); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkResume detaches and resumes one session while 10,000 others are in grace.
func benchmarkResume(b *testing.B, p broker.Broker) {
	c := context.Background()
	hold := func(peer string) broker.Attachment {
		a := opened(b, p, peer)
		if err := p.Confirm(c, a.Ref); err != nil {
			b.Fatal(err)
		}
		return a
	}
	for i := range 10_000 {
		if err := p.Detach(c, hold(fmt.Sprint("other", i)).Ref); err != nil {
			b.Fatal(err)
		}
	}
	a := hold("peer")
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Detach(c, a.Ref); err != nil {
			b.Fatal(err)
		}
		req := request("peer")
		req.Resume = &wire.Resume{Session: a.Session, Secret: a.Secret}
		var err error
		if a, err = p.Attach(c, req); err != nil || !a.Resumed {
			b.Fatal(a.Resumed, err)
		}
	}
}
