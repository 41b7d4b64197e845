package redis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// stuck is a broker whose one lane sends nothing: what would wait for Redis waits there.
func stuck(t *testing.T) *Broker {
	t.Helper()
	b := newPod(t, Options{}, broker.Limits{})
	b.sink = newSink()
	b.lanes = []*lane{newLane(b)}
	b.link.up.Store(true)
	b.link.leaseUntil.Store(int64(time.Hour))
	t.Cleanup(func() {
		b.closed.Store(true)
		b.stop()
	})
	return b
}

// heard answers the batch that is under way and returns its messages.
func heard(t *testing.T, b *Broker) (list []*message) {
	t.Helper()
	l := b.lanes[0]
	l.mu.Lock()
	if len(l.queue) == 0 {
		l.mu.Unlock()
		return nil
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	l.mu.Unlock()
	cmd := c.cmds[0].(*goredis.IntCmd)
	if _, _, err := parseBatch(string(cmd.Args()[2].([]byte)), func(m *message) { list = append(list, m) }); err != nil {
		t.Fatal(err)
	}
	if n := len(cmd.Args()[2].([]byte)); n > maxBatchBytes+(64<<10) {
		t.Errorf("a batch of %d bytes", n)
	}
	cmd.SetVal(1)
	c.done()
	return list
}

// TestPostBounded has a pod that does not listen: what is too much is dropped, counted, and it is told to look for itself.
func TestPostBounded(t *testing.T) {
	wake := func(k int64, body string) *message {
		return &message{kind: kindWake, addr: broker.Address{App: testApp, Peer: "p"}, n: 1, k: k, head: "1 1 - q", body: body}
	}
	for name, tt := range map[string]struct {
		body        string
		sent, taken int
	}{
		"messages": {"x", maxWaiting + 1000, maxWaiting + 1}, // one is under way
		"bytes":    {strings.Repeat("x", 60<<10), 500, 1 + maxWaitingBytes/(60<<10) + 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := stuck(t)
			for k := range tt.sent {
				b.post.to("other", wake(int64(k), tt.body))
			}
			dropped := testutil.ToFloat64(b.metrics.dropped)
			if got := tt.sent - int(dropped); got > tt.taken || got < tt.taken*9/10 {
				t.Errorf("%d are taken of %d, want %d", got, tt.sent, tt.taken)
			}
			var all []*message
			for {
				list := heard(t, b)
				if list == nil {
					break
				}
				all = append(all, list...)
			}
			if len(all) != tt.sent-int(dropped)+1 {
				t.Errorf("%d messages are heard, %v of %d were dropped", len(all), dropped, tt.sent)
			}
			verify, next := 0, int64(0)
			for _, m := range all {
				switch m.kind {
				case kindVerify:
					verify++
				case kindWake:
					if m.k != next {
						t.Fatalf("message %d in place of %d", m.k, next)
					}
					next++
				}
			}
			if verify != 1 {
				t.Errorf("it is told %d times to look for itself", verify)
			}
			b.post.to("other", wake(1, "x"))
			if list := heard(t, b); len(list) != 1 || list[0].kind != kindWake {
				t.Errorf("afterwards: %v", list)
			}
		})
	}
}

// TestPostForgets has more pods come and go than are known at once.
func TestPostForgets(t *testing.T) {
	b := stuck(t)
	for i := range 3 * maxPods {
		b.post.to(fmt.Sprint("pod", i), &message{kind: kindVerify})
		heard(t, b)
		if len(b.post.pods) > maxPods {
			t.Fatalf("%d pods are known", len(b.post.pods))
		}
	}
	for i := range 3 * maxPods {
		b.link.batch(string(appendBatch(nil, fmt.Sprint("pod", i), 1)))
	}
	if len(b.link.numbers) > maxPods {
		t.Errorf("numbers of %d pods are known", len(b.link.numbers))
	}
}

// TestLaneBounded has more wait for Redis than may: what comes then is refused, and signals are answered unavailable.
func TestLaneBounded(t *testing.T) {
	b := stuck(t)
	refused := make(chan error, 1)
	for range maxQueued {
		b.lanes[0].do(&call{cmds: []goredis.Cmder{goredis.NewCmd(t.Context(), "ping")}, done: func() { t.Error("done") }})
	}
	cmd := goredis.NewCmd(t.Context(), "ping")
	b.lanes[0].do(&call{cmds: []goredis.Cmder{cmd}, done: func() { refused <- cmd.Err() }})
	if err := <-refused; err != errBusy {
		t.Errorf("refused with %v", err)
	}
	addr := broker.Address{App: testApp, Peer: "p"}
	s := &session{ref: broker.Ref{Address: addr, N: 1, Att: 1}, keys: b.keys.peer(addr)}
	b.sessions.put(s)
	for _, room := range []wire.RoomID{"", testRoom} {
		a := make(answer, 1)
		b.Send(t.Context(), &broker.Signal{From: s.ref, ID: 1, To: "q", Room: room, Kind: "k"}, a)
		if o := a.within(t, patience); o.Code != wire.CodeUnavailable || o.RetryAfter <= 0 {
			t.Errorf("Send to %q: %+v", room, o)
		}
	}
	if n := testutil.ToFloat64(b.metrics.refused); n != 2 {
		t.Errorf("counted %v", n)
	}
	if n := len(b.lanes[0].queue); n != maxQueued {
		t.Errorf("%d wait", n)
	}
}

// TestRoutesBounded has a sender signal to more peers than it knows the way to.
func TestRoutesBounded(t *testing.T) {
	x := &sender{}
	for i := range 10 * maxRoutes {
		x.learn(wire.PeerID(fmt.Sprint("p", i)), &route{})
		if len(x.routes) > maxRoutes {
			t.Fatalf("%d ways", len(x.routes))
		}
	}
}

// TestClosedLane refuses what comes after the end, so that nobody waits for it.
func TestClosedLane(t *testing.T) {
	b := newPod(t, Options{}, broker.Limits{})
	b.lanes = []*lane{newLane(b)}
	b.stop()
	b.lanes[0].loop(b.life)
	for _, urgent := range []bool{false, true} {
		cmd, done := goredis.NewCmd(t.Context(), "ping"), newSignal()
		b.lanes[0].do(&call{cmds: []goredis.Cmder{cmd}, urgent: urgent, done: done.give})
		select {
		case <-done:
			if cmd.Err() == nil {
				t.Error("done without an error")
			}
		case <-time.After(patience):
			t.Fatal("nobody answers")
		}
	}
}
