package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// away is a broker whose store can be away, and which answers signals when it is told to.
type away struct {
	broker.Broker
	mu   sync.Mutex
	err  error
	hold bool
	held []func()
	// asked counts the rosters, and during runs before each of them.
	asked  int
	during func()
}

func (a *away) Inbox(ctx context.Context, ref broker.Ref, seq int64, buf []broker.Entry) ([]broker.Entry, error) {
	a.mu.Lock()
	err := a.err
	a.mu.Unlock()
	if err != nil {
		return buf, err
	}
	return a.Broker.Inbox(ctx, ref, seq, buf)
}

func (a *away) Roster(ctx context.Context, ref broker.Ref, room wire.RoomID) (broker.Roster, error) {
	a.mu.Lock()
	err, during := a.err, a.during
	a.asked++
	a.mu.Unlock()
	if during != nil {
		during()
	}
	if err != nil {
		return broker.Roster{}, err
	}
	return a.Broker.Roster(ctx, ref, room)
}

// rosters returns how many were asked for since it was called last, and has during run before each one from now on.
func (a *away) rosters(during func()) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.asked
	a.asked, a.during = 0, during
	return n
}

func (a *away) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

func (a *away) Send(ctx context.Context, s *broker.Signal, to broker.Answerer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hold {
		a.held = append(a.held, func() { a.Broker.Send(context.Background(), s, to) })
		return
	}
	a.Broker.Send(ctx, s, to)
}

// A socket outlives the time in which its inbox cannot be read, and what waits there comes when it can.
func TestInboxAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &away{Broker: memory.New(broker.Limits{}), err: fmt.Errorf("%w: no route", broker.ErrUnavailable)}
		r := newRig(t, Config{}, b)
		c := r.open("alice")
		c.send(`{"type":"signal","id":1,"to":"alice"}`)
		c.want(wire.TypeAck)
		time.Sleep(5 * time.Second)
		b.set(nil)
		if m := c.want(wire.TypeSignal); m.Seq != 1 {
			t.Errorf("%+v", m)
		}
		b.set(errors.New("broken"))
		c.send(`{"type":"signal","id":2,"to":"alice"}`)
		c.want(wire.TypeAck)
		c.want(wire.TypeError)
	})
}

// A client that sends without ids has no more in the broker's hands than one with a full window.
func TestSignalsWithoutIDWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &away{Broker: memory.New(broker.Limits{}), hold: true}
		r := newRig(t, Config{}, b)
		c := r.open("alice")
		sent := make(chan int, 1)
		go func() {
			for range 100 {
				c.send(`{"type":"signal","to":"bob"}`)
			}
			sent <- 100
		}()
		synctest.Wait()
		b.mu.Lock()
		held := b.held
		b.hold = false
		b.mu.Unlock()
		if len(held) != wire.Window {
			t.Errorf("%d signals in the broker's hands", len(held))
		}
		for _, answer := range held {
			answer()
		}
		if n := <-sent; n != 100 {
			t.Error(n)
		}
	})
}
