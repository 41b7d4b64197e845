package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// A close or a cut that is decided while the request is still being upgraded must reach the socket.
func TestEndBeforeServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, nil)
		s := r.prepare()
		s.close(ending{code: wire.CloseDraining})
		c := r.serve(s)
		if _, code, err := c.next(); code != wire.CloseDraining {
			t.Errorf("close %d, %v", code, err)
		}
		s = r.prepare()
		s.cut(wire.CloseDraining)
		c = r.serve(s)
		if _, code, err := c.next(); err == nil {
			t.Errorf("a cut session's socket lives: close %d", code)
		}
		time.Sleep(time.Minute)
		if n := r.mgr.Connections(); n != 0 {
			t.Errorf("%d sessions are not forgotten", n)
		}
	})
}

// Rosters that are longer than the queue wait for the client to take them.
func TestLongRoster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := memory.New(broker.Limits{})
		r := newRig(t, Config{QueueBytes: 64 << 10, QueueFrames: 64, MaxFrame: 4 << 10, MaxHello: 4 << 10}, b)
		meta := []byte(fmt.Sprintf(`{"x":"%01000d"}`, 0))
		for i := range 300 {
			a, err := b.Attach(t.Context(), broker.AttachRequest{
				Address: broker.Address{App: wire.DefaultApp, Peer: wire.PeerID(fmt.Sprint("p", i))}, Grace: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Join(t.Context(), a.Ref, "r", meta); err != nil {
				t.Fatal(err)
			}
		}
		c := r.open("alice")
		c.send(`{"type":"join","id":1,"room":"r"}`)
		synctest.Wait()
		for peers := 0; ; {
			m := c.want(wire.TypeJoined)
			if peers += len(m.Peers); !m.More {
				if peers != 300 {
					t.Errorf("%d peers", peers)
				}
				break
			}
		}
	})
}

// bug is a codec that cannot say some types.
type bug struct {
	dialect.Codec
	types map[wire.Type]bool
}

func (b bug) Encode(dst []byte, m *wire.Message) []byte {
	if b.types[m.Type] {
		panic("no words for " + m.Type)
	}
	return b.Codec.Encode(dst, m)
}

// A panic of one connection's codec, in its writer or in another session's goroutine, ends that connection alone.
func TestPanicStaysInItsConnection(t *testing.T) {
	for _, typ := range []wire.Type{wire.TypeSignal, wire.TypePresence} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, Config{}, nil)
			good := r.codec
			r.codec = bug{good, map[wire.Type]bool{typ: true}}
			bob := r.open("bob")
			bob.send(`{"type":"join","id":1,"room":"r"}`)
			bob.want(wire.TypeJoined)
			r.codec = good
			alice := r.open("alice")
			alice.send(`{"type":"join","id":1,"room":"r"}`)
			alice.want(wire.TypeJoined)
			alice.send(`{"type":"signal","id":2,"to":"bob"}`)
			alice.want(wire.TypeAck)
			for range 3 { // he may get what can be said before
				if _, _, err := bob.next(); err != nil {
					bob = nil
					break
				}
			}
			if bob != nil {
				t.Errorf("%s: bob's socket lives", typ)
			}
			alice.send(`{"type":"ping"}`)
			alice.want(wire.TypePong)
		})
	}
}

// A client that takes its frames one by one, each just in time, cannot keep a socket whose close is decided.
func TestCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, nil)
		c := r.open("alice")
		for range 100 {
			c.send(`{"type":"ping"}`)
		}
		synctest.Wait()
		began := time.Now()
		for _, s := range r.mgr.snapshot() {
			s.Lost(wire.CloseReplaced)
		}
		for {
			time.Sleep(5 * time.Second)
			if _, _, err := c.next(); err != nil {
				break
			}
		}
		if d := time.Since(began); d > 2*r.mgr.cfg.WriteTimeout+5*time.Second {
			t.Errorf("the socket lived for %v after its close", d)
		}
	})
}

// A client whose hello is under way when the drain begins is told after its welcome.
func TestGoawayAfterWelcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, nil)
		c := r.serve(r.prepare())
		drained := make(chan error, 1)
		go func() { drained <- r.mgr.Drain(t.Context(), 4*time.Second) }()
		time.Sleep(time.Second)
		c.send(`{"type":"hello"}`)
		c.want(wire.TypeWelcome)
		if m := c.want(wire.TypeGoaway); m.Reason != wire.GoawayDrain || m.Within != 3 {
			t.Errorf("%+v", m)
		}
		if _, code, err := c.next(); code != wire.CloseDraining {
			t.Errorf("close %d, %v", code, err)
		}
		_ = c.conn.Close()
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
}

// A flood of pings or acks is read no faster than its pace, and a flood of renewals is refused.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{SignalsPerSecond: 1}, nil)
		c := r.open("alice")
		began := time.Now()
		for range int(3 * minPace) {
			c.send(`{"type":"ack","seq":0}`)
		}
		if took := time.Since(began); took < 19*time.Second/10 {
			t.Errorf("%d frames in %v", int(3*minPace), took)
		}
		for id := 1; id <= burstSeconds; id++ {
			c.send(fmt.Sprintf(`{"type":"renew","id":%d,"token":"x"}`, id))
			c.want(wire.TypeAck)
		}
		c.send(`{"type":"renew","id":99,"token":"x"}`)
		if m := c.want(wire.TypeError); m.Code != wire.CodeRateLimited {
			t.Errorf("%+v", m)
		}
	})
}

// A frame that is sent again is never told rate_limited: what became of its first copy is not known here.
func TestAgainWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{SignalsPerSecond: 1}, nil)
		r.open("bob")
		c := r.open("alice")
		for id := 1; id <= 2*burstSeconds; id++ {
			c.send(fmt.Sprintf(`{"type":"signal","id":%d,"again":true,"to":"bob"}`, id))
			c.want(wire.TypeAck)
		}
	})
}
