package redis

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// What is left of 10,000 sessions that came and went: no key, and no more memory than leftover, which is 13 bytes for each. What the
// server has for connections is not counted: more of them may be open after a load.
const (
	manySessions = 10_000
	manyRooms    = 1000
	leftover     = 128 << 10
	atATime      = 128 // sessions in the same step
)

func TestNothingIsLeft(t *testing.T) {
	s := redistest.Start(t)
	pods := startPods(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, 3)
	churn(t, pods, manySessions/20) // warms up what stays: scripts, connections
	awaitNoKeys(t, s)
	before := dataMemory(t, s)
	began := time.Now()
	peak := churn(t, pods, manySessions)
	took := time.Since(began)
	awaitNoKeys(t, s)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	after := dataMemory(t, s)
	for end := time.Now().Add(patience); after > before+leftover && time.Now().Before(end); <-tick.C {
		after = dataMemory(t, s) // the server shrinks its own tables little by little
	}
	t.Logf("%d sessions in %v; memory %d before, %d with all of them, %d after", manySessions, took, before, peak, after)
	if after > before+leftover {
		t.Errorf("%d bytes are left", after-before)
	}
	for i, p := range pods {
		if n := p.sessions.len(); n != 0 {
			t.Errorf("pod %d holds %d sessions", i, n)
		}
		if all := p.watch.all(); len(all) != 0 {
			t.Errorf("pod %d watches %d rooms", i, len(all))
		}
		if n := p.later.len(); n != 0 {
			t.Errorf("pod %d has %d steps to take", i, n)
		}
	}
}

// churn has n sessions come, join rooms, signal, ack and go. It returns what they took while all were there.
func churn(t *testing.T, pods []*pod, n int) (peak int64) {
	all := make([]*client, n)
	name := func(i int) wire.PeerID { return wire.PeerID(strconv.Itoa(n) + "-" + strconv.Itoa(i)) }
	room := func(i int) wire.RoomID { return wire.RoomID(fmt.Sprint("room", i%manyRooms)) }
	each := func(f func(i int)) {
		var wg sync.WaitGroup
		places := make(chan struct{}, atATime)
		for i := range n {
			places <- struct{}{}
			wg.Go(func() {
				defer func() { <-places }()
				f(i)
			})
		}
		wg.Wait()
		if t.Failed() {
			t.FailNow()
		}
	}
	check := func(what string, err error) {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	ctx := t.Context()
	each(func(i int) {
		p := pods[i%len(pods)]
		a, err := p.Attach(ctx, broker.AttachRequest{
			Address: broker.Address{App: testApp, Peer: name(i)}, Grace: 100 * time.Millisecond, Meta: quote("meta"),
		})
		check("Attach", err)
		check("Confirm", p.Confirm(ctx, a.Ref))
		_, err = p.Join(ctx, a.Ref, room(i), nil)
		check("Join", err)
		all[i] = &client{t: t, pod: p, Attachment: a}
	})
	each(func(i int) {
		select {
		case o := <-all[i].post(name(i^1), 1, false, "a signal"):
			if o.Code != "" {
				t.Errorf("signal: %+v", o)
			}
		case <-time.After(patience):
			t.Error("a signal is not answered")
		}
	})
	peak = number(field(all[0].pod.client.Info(ctx, "memory").Val(), "used_memory"))
	each(func(i int) {
		c := all[i]
		for buf := make([]broker.Entry, 0, 4); len(buf) == 0; {
			var err error
			if buf, err = c.pod.Inbox(ctx, c.Ref, 0, buf); err != nil {
				t.Errorf("Inbox: %v", err)
				return
			}
			if len(buf) == 0 {
				c.pod.mu.Lock()
				woken, changed := c.pod.wakes[c.Address] > 0, c.pod.sink.changed
				c.pod.mu.Unlock()
				if !woken {
					<-changed
				}
			}
		}
		check("Ack", c.pod.Ack(ctx, c.Ref, 1))
	})
	each(func(i int) {
		c := all[i]
		switch i % 4 {
		case 0: // ends, in its room
			check("End", c.pod.End(ctx, c.Ref))
		case 1:
			check("Leave", c.pod.Leave(ctx, c.Ref, room(i)))
			check("End", c.pod.End(ctx, c.Ref))
		case 2:
			check("Leave", c.pod.Leave(ctx, c.Ref, room(i)))
			check("Detach", c.pod.Detach(ctx, c.Ref))
		default: // its grace ends, in its room
			check("Detach", c.pod.Detach(ctx, c.Ref))
		}
	})
	return peak
}

// awaitNoKeys waits until the store has nothing but the pods' leases.
func awaitNoKeys(t *testing.T, s *redistest.Server) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var left []string
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		left = left[:0]
		for _, k := range s.Keys(t) {
			if !strings.Contains(k, "{pods}") {
				left = append(left, k)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Fatalf("%d keys are left, such as %q", len(left), left[:min(10, len(left))])
}

// dataMemory is what the server uses, without what it has for connections.
func dataMemory(t *testing.T, s *redistest.Server) int64 {
	t.Helper()
	s.Do(t, "MEMORY", "PURGE")
	info := s.Info(t, "memory")
	return number(info["used_memory"]) - number(info["mem_clients_normal"])
}
