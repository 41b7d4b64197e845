package memory

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// ear is a Sink that counts.
type ear struct {
	mu    sync.Mutex
	left  []wire.PeerID
	lost  int
	wakes int
}

func (e *ear) Wake(broker.Address) { e.mu.Lock(); e.wakes++; e.mu.Unlock() }

func (e *ear) Lost(broker.Ref, wire.CloseCode) { e.mu.Lock(); e.lost++; e.mu.Unlock() }

func (e *ear) Presence(_ broker.RoomAddress, p broker.Presence) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.Event == wire.EventLeave {
		e.left = append(e.left, p.Peer)
	}
}

func (e *ear) Receipt(broker.Address, int64, broker.Receipt) {}

func (e *ear) Gap(broker.Address) {}

func (e *ear) Stale(broker.RoomAddress) {}

func (e *ear) gone() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return fmt.Sprint(e.left)
}

func started(t testing.TB, limits broker.Limits) (*Broker, *ear) {
	t.Helper()
	b, e := New(limits), &ear{}
	if err := b.Start(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b, e
}

func asked(peer wire.PeerID, grace time.Duration) broker.AttachRequest {
	return broker.AttachRequest{Address: broker.Address{App: "app", Peer: peer}, Grace: grace}
}

// hold attaches a peer, confirms it and puts it into a room.
func hold(t testing.TB, b *Broker, req broker.AttachRequest) broker.Attachment {
	t.Helper()
	a, err := b.Attach(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Confirm(t.Context(), a.Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Join(t.Context(), a.Ref, "r", nil); err != nil {
		t.Fatal(err)
	}
	return a
}

func detach(t testing.TB, b *Broker, a broker.Attachment) {
	t.Helper()
	if err := b.Detach(t.Context(), a.Ref); err != nil {
		t.Fatal(err)
	}
}

func resume(t testing.TB, b *Broker, a broker.Attachment, grace time.Duration) broker.Attachment {
	t.Helper()
	req := asked(a.Peer, grace)
	req.Resume = &wire.Resume{Session: a.Session, Secret: a.Secret}
	a, err := b.Attach(t.Context(), req)
	if err != nil || !a.Resumed {
		t.Fatalf("Attach: resumed %v, %v", a.Resumed, err)
	}
	return a
}

// after lets d pass and demands that these have left so far.
func after(t testing.TB, d time.Duration, e *ear, want string) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
	if got := e.gone(); got != want {
		t.Errorf("%v later %s have left, want %s", d, got, want)
	}
}

func TestGraceEndsToTheInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := started(t, broker.Limits{})
		long, short := hold(t, b, asked("long", time.Minute)), hold(t, b, asked("short", time.Second))
		detach(t, b, long)
		detach(t, b, short) // becomes the head while the goroutine waits for the other
		after(t, time.Second-1, e, "[]")
		after(t, 1, e, "[short]")
		after(t, 59*time.Second-1, e, "[short]")
		after(t, 1, e, "[short long]")
		if n := b.leftovers(); n != 0 {
			t.Errorf("%d things are left", n)
		}
	})
}

func TestGraceOfEachDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := started(t, broker.Limits{})
		a := hold(t, b, asked("a", time.Minute))
		detach(t, b, a)
		a = resume(t, b, a, time.Second)
		after(t, time.Hour, e, "[]") // attached: no grace runs
		detach(t, b, a)
		after(t, time.Second-1, e, "[]")
		a = resume(t, b, a, time.Minute)
		detach(t, b, a)
		after(t, 59*time.Second, e, "[]")
		a = resume(t, b, a, time.Second)
		detach(t, b, a)
		after(t, time.Second, e, "[a]")
	})
}

// TestExpireLooksAgain has a grace end, then a resume and a detach, and only then the goroutine that saw the end.
func TestExpireLooksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := started(t, broker.Limits{})
		a := hold(t, b, asked("a", time.Minute))
		s := b.find(a.Address)
		b.expire(s)
		detach(t, b, a)
		b.expire(s)
		a = resume(t, b, a, time.Minute)
		b.expire(s)
		detach(t, b, a)
		b.expire(s)
		after(t, time.Minute-1, e, "[]")
		after(t, 1, e, "[a]")
		b.expire(s)
		if n := b.Sessions(); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestGraceQueueKeepsOnlyTheDetached(t *testing.T) {
	b, _ := started(t, broker.Limits{})
	var all []broker.Attachment
	for i := range 100 {
		a := hold(t, b, asked(wire.PeerID(fmt.Sprint(i)), time.Duration(1+i*37%100)*time.Hour))
		detach(t, b, a)
		all = append(all, a)
	}
	for i, a := range all {
		if a = resume(t, b, a, time.Hour); i%2 == 0 {
			if err := b.End(t.Context(), a.Ref); err != nil {
				t.Fatal(err)
			}
		}
		if n := b.grace.len(); n != 99-i {
			t.Fatalf("%d in the queue after %d came back", n, i+1)
		}
		for at, s := range b.grace.heap {
			if s.slot != at+1 || at > 0 && s.due.Before(b.grace.heap[(at-1)/2].due) {
				t.Fatalf("the heap is out of order at %d", at)
			}
		}
	}
}
