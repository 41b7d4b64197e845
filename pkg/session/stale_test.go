package session

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// in is a client in rooms a and b over a store that can be away.
func in(t *testing.T) (*rig, *away, *client) {
	b := &away{Broker: memory.New(broker.Limits{})}
	r := newRig(t, Config{}, b)
	c := r.open("alice")
	for i, room := range []string{"a", "b"} {
		c.send(fmt.Sprintf(`{"type":"join","id":%d,"room":%q}`, i+1, room))
		c.want(wire.TypeJoined)
	}
	return r, b, c
}

func (c *client) roster(room wire.RoomID) {
	c.t.Helper()
	if m := c.want(wire.TypeRoster); m.Room != room || m.ID != 0 || m.V == 0 {
		c.t.Errorf("%+v, want a roster of %s", m, room)
	}
}

// nothing holds that no frame waits for the client, by the answer to a ping.
func (c *client) nothing() {
	c.t.Helper()
	synctest.Wait()
	c.send(`{"type":"ping"}`)
	c.want(wire.TypePong)
}

func (r *rig) stale(room wire.RoomID) {
	r.mgr.deps.Hub.Stale(broker.RoomAddress{App: wire.DefaultApp, Room: room})
}

// TestStaleBringsItsRoster tells a client a stale room anew, once more for all that came while it was being told.
func TestStaleBringsItsRoster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, b, c := in(t)
		r.stale("b")
		c.roster("b")
		r.stale("elsewhere")
		c.nothing()
		release := make(chan struct{})
		b.rosters(func() { <-release })
		r.stale("a")
		synctest.Wait()
		for range 10 {
			r.stale("b")
			r.stale("a")
		}
		close(release)
		for _, room := range []wire.RoomID{"a", "a", "b"} {
			c.roster(room)
		}
		gap := func() { r.mgr.deps.Hub.Gap(broker.Address{App: wire.DefaultApp, Peer: "alice"}) }
		release = make(chan struct{})
		if n := b.rosters(func() { <-release }); n != 3 {
			t.Errorf("%d rosters were read", n)
		}
		gap()
		synctest.Wait()
		r.stale("b")
		gap()
		r.stale("a")
		close(release)
		c.want(wire.TypeGap)
		c.want(wire.TypeGap)
		for _, room := range []wire.RoomID{"a", "b", "a", "b"} {
			c.roster(room)
		}
		c.nothing()
		if n := b.rosters(nil); n != 4 {
			t.Errorf("%d rosters were read", n)
		}
	})
}

// TestStaleAway tells the rooms when the store is back, without a goroutine that waits for it.
func TestStaleAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, b, c := in(t)
		b.set(fmt.Errorf("%w: no route", broker.ErrUnavailable))
		r.stale("a")
		c.nothing()
		r.mgr.deps.Hub.Gap(broker.Address{App: wire.DefaultApp, Peer: "alice"})
		c.want(wire.TypeGap)
		synctest.Wait()
		b.rosters(nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := b.rosters(nil); n < 3 || n > 5 {
			t.Errorf("asked %d times in 5 s", n)
		}
		for _, s := range r.mgr.snapshot() {
			s.out.mu.Lock()
			if s.out.rooms.telling {
				t.Error("somebody waits for the store")
			}
			s.out.mu.Unlock()
		}
		b.set(nil)
		back := time.Now()
		c.roster("a")
		c.roster("b")
		if d := time.Since(back); d > storeRetry+time.Second/2 {
			t.Errorf("told %v after the store was back", d)
		}
		c.nothing()
		b.set(errors.New("broken"))
		r.stale("a")
		c.want(wire.TypeError)
	})
}

// TestResumeAway holds the missed signals until the rosters of a resumed session can be told.
func TestResumeAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, b, _ := in(t)
		c := r.serve(r.prepare())
		c.send(`{"type":"hello","peer":"bob"}`)
		w := c.want(wire.TypeWelcome)
		c.send(`{"type":"join","id":1,"room":"a"}`)
		c.want(wire.TypeJoined)
		_ = c.conn.Close()
		synctest.Wait()
		d := r.open("carol")
		d.send(`{"type":"signal","id":1,"to":"bob"}`)
		d.want(wire.TypeAck)
		b.set(broker.ErrUnavailable)
		c = r.serve(r.prepare())
		c.send(fmt.Sprintf(`{"type":"hello","peer":"bob","resume":{"session":%q,"secret":%q,"seq":0}}`, w.Session, w.Secret))
		if m := c.want(wire.TypeWelcome); !m.Resumed {
			t.Fatal("not resumed")
		}
		c.nothing()
		b.set(nil)
		c.roster("a")
		c.want(wire.TypeSignal)
		c.nothing()
	})
}

// TestMarkIsBounded: more rooms than a session may be in stand for all.
func TestMarkIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRig(t, Config{MaxRooms: 2}, nil).prepare()
		defer s.Abandon()
		s.mark("a", "b")
		if len(s.out.rooms.some) != 2 || s.out.rooms.all {
			t.Errorf("%+v", s.out.rooms)
		}
		s.mark("c", "d")
		if !s.out.rooms.all || s.out.rooms.some != nil {
			t.Errorf("%+v", s.out.rooms)
		}
	})
}
