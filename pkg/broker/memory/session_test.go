package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestSessionsAreBounded(t *testing.T) {
	b, _ := started(t, broker.Limits{Sessions: 10})
	var got atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			_, err := b.Attach(t.Context(), asked(wire.PeerID(fmt.Sprint(i)), time.Minute))
			switch {
			case err == nil:
				got.Add(1)
			case !errors.Is(err, broker.ErrFull):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 10 || b.Sessions() != 10 {
		t.Fatalf("%d sessions opened, %d counted", got.Load(), b.Sessions())
	}
	var held broker.Address
	for i := range b.shards {
		for a := range b.shards[i].held {
			held = a
		}
	}
	req := asked(held.Peer, time.Minute)
	req.Replace = true
	a, err := b.Attach(t.Context(), req) // one for one
	if err != nil || b.Sessions() != 10 {
		t.Fatalf("replace at the limit: %v, %d sessions", err, b.Sessions())
	}
	if err := b.Confirm(t.Context(), a.Ref); err != nil {
		t.Fatal(err)
	}
	detach(t, b, a)
	if _, err := b.Attach(t.Context(), asked("new", time.Minute)); !errors.Is(err, broker.ErrFull) {
		t.Errorf("a session in grace does not count: %v", err)
	}
	a = resume(t, b, a, time.Minute)
	if err := b.End(t.Context(), a.Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Attach(t.Context(), asked("new", time.Minute)); err != nil {
		t.Errorf("after one ended: %v", err)
	}
}

func TestNumbersOfSessionsGrow(t *testing.T) {
	b := New(broker.Limits{})
	b.lastN.Store(1 << 60) // the clock went back
	if a, c := b.nextN(), b.nextN(); a <= 1<<60 || c <= a {
		t.Errorf("%d, %d", a, c)
	}
}

func TestCloseBeforeStart(t *testing.T) {
	if err := New(broker.Limits{}).Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// heard is an Answerer that counts.
type heard struct{ atomic.Int32 }

func (h *heard) Answer(*broker.Signal, broker.Outcome) { h.Add(1) }

func TestFencedSignalIsNotTaken(t *testing.T) {
	b, e := started(t, broker.Limits{})
	a, to := hold(t, b, asked("a", time.Minute)), hold(t, b, asked("b", time.Minute))
	old := a.Ref
	a = resume(t, b, a, time.Minute)
	var h heard
	for _, from := range []broker.Ref{old, {Address: old.Address, N: old.N + 1, Att: a.Att}, {Address: broker.Address{App: "app", Peer: "c"}}} {
		b.Send(t.Context(), &broker.Signal{From: from, ID: 1, To: "b"}, &h)
		b.Send(t.Context(), &broker.Signal{From: from, ID: 2, Room: "r"}, &h)
	}
	detach(t, b, a)
	b.Send(t.Context(), &broker.Signal{From: a.Ref, ID: 3, To: "b"}, &h)
	got, err := b.Inbox(t.Context(), to.Ref, 0, make([]broker.Entry, 0, 9))
	if err != nil || len(got) != 0 || h.Load() != 0 || e.wakes != 0 {
		t.Errorf("%d taken, %d answered, %d wakes, %v", len(got), h.Load(), e.wakes, err)
	}
}

// gate is a Sink that holds up the first leave that it is told.
type gate struct {
	ear
	held       bool
	told, open chan struct{}
	events     []string
}

func (g *gate) Presence(at broker.RoomAddress, p broker.Presence) {
	g.mu.Lock()
	g.events = append(g.events, fmt.Sprint(at.Room, " ", p.Event, " ", p.N))
	first := p.Event == wire.EventLeave && !g.held
	g.held = g.held || first
	g.mu.Unlock()
	if first {
		close(g.told)
		<-g.open
	}
}

// TestJoinBeforeTheOldOneHasLeft lets a new session join a room that its predecessor, which has ended, is about to leave.
func TestJoinBeforeTheOldOneHasLeft(t *testing.T) {
	b, g := New(broker.Limits{RoomPeers: 2}), &gate{told: make(chan struct{}), open: make(chan struct{})}
	if err := b.Start(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	rooms := []wire.RoomID{"r", "s"} // behind two locks
	at := func(i int) broker.RoomAddress { return broker.RoomAddress{App: "app", Room: rooms[i]} }
	for b.roomShard(at(0)) == b.roomShard(at(1)) {
		rooms[1] += "s"
	}
	a, w := hold(t, b, asked("a", time.Minute)), hold(t, b, asked("w", time.Minute))
	for _, ref := range []broker.Ref{a.Ref, w.Ref} { // both rooms are full
		if _, err := b.Join(t.Context(), ref, rooms[1], nil); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- b.End(context.Background(), a.Ref) }()
	<-g.told
	g.mu.Lock()
	other := rooms[0] // the one that is not left yet
	if g.events[len(g.events)-1] == fmt.Sprint(other, " leave ", a.N) {
		other = rooms[1]
	}
	before := len(g.events)
	g.mu.Unlock()
	next, err := b.Attach(t.Context(), asked("a", time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	roster, err := b.Join(t.Context(), next.Ref, other, nil)
	if err != nil || len(roster.Members) != 2 || roster.Members[0].N != next.N {
		t.Errorf("%+v, %v", roster, err)
	}
	close(g.open)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := b.Close(context.Background()); err != nil {
		t.Error(err)
	}
	want := []string{fmt.Sprint(other, " leave ", a.N), fmt.Sprint(other, " join ", next.N)}
	if got := g.events[before:]; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}
