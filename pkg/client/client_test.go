package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// attached connects a client to a scripted gateway; extra is spliced into the welcome.
func attached(t *testing.T, o Options, extra string) (*script, *Client, *sock) {
	t.Helper()
	g := newScript(t)
	if o.CloseTimeout == 0 {
		o.CloseTimeout = 100 * time.Millisecond
	}
	if o.Backoff.Base == 0 {
		o.Backoff = Backoff{10 * time.Millisecond, 50 * time.Millisecond}
	}
	o.Peer = "alice"
	made := make(chan *Client, 1)
	go func() {
		c, err := Connect(context.Background(), g.url, o)
		if err != nil {
			t.Error(err)
		}
		made <- c
	}()
	s := g.next()
	s.hello("s1", "secret-a", false, extra)
	c := <-made
	if c == nil {
		t.FailNow()
	}
	t.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	if m := s.want("ack"); m["seq"] != 0.0 {
		t.Fatalf("first frame %v", m)
	}
	return g, c, s
}

// incoming is a signal frame from bob.
func incoming(seq int, data string) string {
	return fmt.Sprintf(`{"type":"signal","seq":%d,"from":"bob","n":9,"polite":true,"kind":"chat","data":%s}`, seq, data)
}

func wait[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// TestDataKeepsItsBytes in both directions, white space included.
func TestDataKeepsItsBytes(t *testing.T) {
	got := make(chan SignalEvent, 1)
	_, c, s := attached(t, Options{Handle: func(ev Event) {
		if e, ok := ev.(SignalEvent); ok {
			got <- e
		}
	}}, "")
	data := "{ \"b\" : 1.50,\n\t\"a\":[ 1e2 ],\"\\u00e9\":\"é\" }"
	done := make(chan error, 1)
	go func() { _, err := c.Signal(context.Background(), Signal{To: "bob", Data: []byte(data)}); done <- err }()
	text, m := s.frame()
	if !strings.Contains(text, data) {
		t.Fatalf("sent %s", text)
	}
	s.send(fmt.Sprintf(`{"type":"ack","id":%v,"status":"sent"}`, m["id"]))
	if err := wait(t, done); err != nil {
		t.Fatal(err)
	}
	s.send(incoming(1, data))
	if e := wait(t, got); string(e.Data) != data {
		t.Fatalf("got %s", e.Data)
	}
}

// TestAckFollowsTheHandler: nothing is acked before Handle returned, then within 1 s, and at once at the 16th.
func TestAckFollowsTheHandler(t *testing.T) {
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	defer open()
	_, _, s := attached(t, Options{Handle: func(ev Event) {
		if _, ok := ev.(SignalEvent); ok {
			<-gate
		}
	}}, "")
	for i := range 32 {
		s.send(incoming(i+1, "1"))
	}
	select {
	case b := <-s.frames:
		t.Fatalf("sent %s while the handler was busy", b)
	case <-time.After(1200 * time.Millisecond):
	}
	gate <- struct{}{}
	start := time.Now()
	if m := s.want("ack"); m["seq"] != 1.0 {
		t.Fatalf("got %v", m)
	}
	if d := time.Since(start); d > 1500*time.Millisecond {
		t.Fatalf("ack after %v", d)
	}
	start = time.Now()
	for range 16 {
		gate <- struct{}{}
	}
	if m := s.want("ack"); m["seq"] != 17.0 {
		t.Fatalf("got %v", m)
	}
	if d := time.Since(start); d > 700*time.Millisecond {
		t.Fatalf("the ack of 16 signals came after %v", d)
	}
}

// TestHandlerMayCall the client's methods, Close included.
func TestHandlerMayCall(t *testing.T) {
	clients := make(chan *Client, 1)
	sent := make(chan error, 1)
	_, c, s := attached(t, Options{Handle: func(ev Event) {
		if e, ok := ev.(SignalEvent); ok {
			c := <-clients
			_, err := c.Signal(context.Background(), Signal{To: e.From})
			sent <- err
			_ = c.Close(context.Background())
		}
	}}, "")
	clients <- c
	s.send(incoming(1, "1"))
	m := s.want("signal")
	s.send(fmt.Sprintf(`{"type":"ack","id":%v,"status":"sent"}`, m["id"]))
	if err := wait(t, sent); err != nil {
		t.Fatal(err)
	}
	s.want("bye")
	s.close(1000, "bye")
	wait(t, c.Done())
	if !errors.Is(c.Err(), ErrClosed) || c.State() != StateClosed {
		t.Fatal(c.Err(), c.State())
	}
}

// TestBacklog: a handler that stands still costs the socket, not memory, and no signal.
func TestBacklog(t *testing.T) {
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	defer open()
	handled := make(chan Event, 1<<14)
	handle := func(ev Event) {
		<-gate
		select {
		case handled <- ev:
		default: // far more than the bound: the count below tells
		}
	}
	g, c, s := attached(t, Options{Handle: handle},
		`,"limits":{"meta":1024,"rooms":64,"inbox":4,"signals_per_s":50}`)
	joined := make(chan error, 1)
	go func() { _, err := c.Join(context.Background(), "r1", nil); joined <- err }()
	s.send(fmt.Sprintf(`{"type":"joined","id":%v,"room":"r1","v":1,"peers":[]}`, s.want("join")["id"]))
	if err := wait(t, joined); err != nil {
		t.Fatal(err)
	}
	s.send(incoming(1, "1"))
	s.send(incoming(2, "2"))
	flooded := time.Now()
flood:
	for v := 2; ; v++ {
		frame := fmt.Sprintf(`{"type":"presence","room":"r1","v":%d,"event":"update","peer":"bob","n":1,"meta":{},"polite":true}`, v)
		if time.Since(flooded) > patience {
			t.Fatal("no bound")
		}
		select {
		case <-s.ended:
			break flood
		default:
			_ = s.ws.Write(context.Background(), websocket.MessageText, []byte(frame))
		}
	}
	n := g.next()
	if h := n.hello("s1", "secret-b", true, ""); h["resume"].(map[string]any)["seq"] != 0.0 {
		t.Fatalf("resumed with %v: nothing was handled", h)
	}
	n.want("ack")
	n.send(incoming(1, "1"))
	n.send(incoming(2, "2"))
	n.send(incoming(3, "3"))
	n.send(`{"type":"roster","room":"r1","v":9999999,"peers":[]}`)
	open()
	for {
		if m := n.want("ack"); m["seq"] == 3.0 {
			break
		}
	}
	var signals, presences, rosters int
	for signals < 3 || rosters < 1 {
		switch wait(t, handled).(type) {
		case SignalEvent:
			signals++
		case Presence:
			presences++
		case Roster:
			rosters++
		}
	}
	if signals != 3 || rosters != 1 || presences > eventSlack {
		t.Fatalf("%d signals, %d rosters, %d presences", signals, rosters, presences)
	}
}
