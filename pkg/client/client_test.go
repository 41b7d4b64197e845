package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
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
	close(gate)
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
	var mu sync.Mutex
	var signals, presences, rosters int
	g, c, s := attached(t, Options{Handle: func(ev Event) {
		<-gate
		mu.Lock()
		defer mu.Unlock()
		switch ev.(type) {
		case SignalEvent:
			signals++
		case Presence:
			presences++
		case Roster:
			rosters++
		}
	}}, `,"limits":{"meta":1024,"rooms":64,"inbox":4,"signals_per_s":50}`)
	joined := make(chan error, 1)
	go func() { _, err := c.Join(context.Background(), "r1", nil); joined <- err }()
	s.send(fmt.Sprintf(`{"type":"joined","id":%v,"room":"r1","v":1,"peers":[]}`, s.want("join")["id"]))
	if err := wait(t, joined); err != nil {
		t.Fatal(err)
	}
	s.send(incoming(1, "1"))
	s.send(incoming(2, "2"))
	for v := 2; ; v++ {
		if v > 2000 {
			t.Fatal("no bound")
		}
		frame := fmt.Sprintf(`{"type":"presence","room":"r1","v":%d,"event":"update","peer":"bob","n":1,"meta":{},"polite":true}`, v)
		if s.ws.Write(context.Background(), 1, []byte(frame)) != nil {
			break
		}
		select {
		case <-s.ended:
		default:
			continue
		}
		break
	}
	n := g.next()
	if h := n.hello("s1", "secret-b", true, ""); h["resume"].(map[string]any)["seq"] != 0.0 {
		t.Fatalf("resumed with %v: nothing was handled", h)
	}
	n.want("ack")
	n.send(incoming(1, "1"))
	n.send(incoming(2, "2"))
	n.send(incoming(3, "3"))
	n.send(`{"type":"roster","room":"r1","v":3000,"peers":[]}`)
	close(gate)
	for {
		if m := n.want("ack"); m["seq"] == 3.0 {
			break
		}
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		ok := signals == 3 && rosters == 1 && presences <= eventSlack
		mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d signals, %d rosters, %d presences", signals, rosters, presences)
		}
	}
}

// TestTooLarge: what the gateway would close the socket for never goes out.
func TestTooLarge(t *testing.T) {
	_, c, s := attached(t, Options{}, "")
	for _, tt := range []struct {
		sig  Signal
		code wire.Code
	}{
		{Signal{To: "bob", Data: []byte(`"` + strings.Repeat("x", 65536) + `"`)}, wire.CodeTooLarge},
		{Signal{To: "bob", Data: []byte("\"\xff\"")}, wire.CodeBadFrame},
		{Signal{To: "bob", Data: []byte("{")}, wire.CodeBadFrame},
		{Signal{}, wire.CodeBadFrame},
		{Signal{To: "b b"}, wire.CodeBadFrame},
		{Signal{Room: "b b"}, wire.CodeBadFrame},
		{Signal{To: "bob", Kind: "a@b"}, wire.CodeBadFrame},
		{Signal{Room: "r", ToN: 3}, wire.CodeBadFrame},
	} {
		_, err := c.Signal(context.Background(), tt.sig)
		var e *Error
		if !errors.As(err, &e) || e.Code != tt.code {
			t.Errorf("%.40v: %v", tt.sig, err)
		}
	}
	go func() { _, _ = c.Signal(context.Background(), Signal{To: "bob"}) }()
	if m := s.want("signal"); m["to"] != "bob" {
		t.Fatal(m)
	}
}

// TestManyCallers: ids are in order on the wire and within the window, and each caller gets its own answer.
func TestManyCallers(t *testing.T) {
	_, c, s := attached(t, Options{}, "")
	const callers, each = 64, 25
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for k := range each {
				a, err := c.Signal(context.Background(), Signal{To: wire.PeerID(fmt.Sprintf("p%d", i)), Data: fmt.Appendf(nil, "%d", k)})
				if err != nil || a.Status != fmt.Sprintf("p%d-%d", i, k) {
					t.Errorf("caller %d: %+v %v", i, a, err)
				}
			}
		})
	}
	var last float64
	open := []map[string]any{}
	for got := 0; got < callers*each; {
		// Answers come late and not in the order of the frames.
		for len(open) < wire.Window && got < callers*each {
			m := s.want("signal")
			if id := m["id"].(float64); id <= last {
				t.Fatalf("id %v after %v", id, last)
			} else {
				last = id
			}
			got++
			open = append(open, m)
			lowest := last
			for _, o := range open {
				lowest = min(lowest, o["id"].(float64))
			}
			if last-lowest >= wire.Span {
				t.Fatalf("id %v with %v unanswered", last, lowest)
			}
			if got%3 == 0 {
				break
			}
		}
		for k := len(open) - 1; k >= 0; k -= 2 {
			m := open[k]
			s.send(fmt.Sprintf(`{"type":"ack","id":%v,"status":"%v-%v"}`, m["id"], m["to"], m["data"]))
			open = append(open[:k], open[k+1:]...)
		}
	}
	for _, m := range open {
		s.send(fmt.Sprintf(`{"type":"ack","id":%v,"status":"%v-%v"}`, m["id"], m["to"], m["data"]))
	}
	wg.Wait()
}

// TestBusy bounds the calls that wait.
func TestBusy(t *testing.T) {
	_, c, _ := attached(t, Options{}, "")
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range wire.Window + MaxWaiting {
		wg.Go(func() {
			if _, err := c.Signal(ctx, Signal{To: "bob"}); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	full := func() int { return locked(c, func() int { return len(c.pending.open) + len(c.pending.waiting) }) }
	for end := time.Now().Add(patience); full() < wire.Window+MaxWaiting; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(full())
		}
	}
	if _, err := c.Signal(ctx, Signal{To: "bob"}); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	cancel()
	wg.Wait()
	if n := full(); n != wire.Window {
		t.Errorf("%d left, want those that were sent", n)
	}
}

// TestConnectEndsWithItsContext, and tells why it had not succeeded.
func TestConnectEndsWithItsContext(t *testing.T) {
	g := newScript(t)
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() { _, err := Connect(ctx, g.url, Options{Backoff: Backoff{time.Hour, time.Hour}}); failed <- err }()
	g.ask(patience).decide <- func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(503)
	}
	for end := time.Now().Add(patience); len(g.asks) > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	time.AfterFunc(100*time.Millisecond, cancel)
	err := wait(t, failed)
	var re *RefusedError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &re) || re.Status != 503 || re.RetryAfter != time.Hour {
		t.Fatal(err)
	}
}

// TestNoSecretIsTold: neither token nor secret is in a URL, a log line or an error.
func TestNoSecretIsTold(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	g := newScript(t)
	o := Options{Peer: "alice", Token: func(context.Context) (string, error) { return "the-secret-token", nil }, MaxAttempts: 2,
		Backoff: Backoff{time.Millisecond, time.Millisecond}, CloseTimeout: 50 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	made := make(chan *Client, 1)
	go func() { c, _ := Connect(context.Background(), g.url, o); made <- c }()
	a := g.ask(patience)
	if strings.Contains(a.r.URL.String(), "secret") || a.r.Header.Get("Authorization") != "Bearer the-secret-token" {
		t.Fatal(a.r.URL, a.r.Header)
	}
	s := g.accept(a)
	s.hello("s1", "the-secret-secret", false, "")
	c := wait(t, made)
	s.send("nonsense")
	s.drop()
	for range 2 {
		g.ask(patience).decide <- func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	}
	wait(t, c.Done())
	mu.Lock()
	defer mu.Unlock()
	if text := log.String() + c.Err().Error(); containsSecret(text) || !strings.Contains(text, "disconnected") {
		t.Fatal(text)
	}
	var re *RefusedError
	if !errors.As(c.Err(), &re) || re.Status != 500 {
		t.Fatal(c.Err())
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// TestDialContext: sockets that are cut below the WebSocket are resumed, and their signals answered once.
func TestDialContext(t *testing.T) {
	var mu sync.Mutex
	var last net.Conn
	o := Options{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		mu.Lock()
		last = c
		mu.Unlock()
		return c, err
	}}
	g, c, s := attached(t, o, "")
	answered := make(chan error, 1)
	go func() { _, err := c.Signal(context.Background(), Signal{To: "bob"}); answered <- err }()
	first := s.want("signal")
	secret := "secret-a"
	for i := range 5 {
		mu.Lock()
		_ = last.Close()
		mu.Unlock()
		n := g.next()
		h := n.want("hello")
		if r := h["resume"].(map[string]any); r["secret"] != secret {
			t.Fatalf("resumed with %v", r)
		}
		secret = fmt.Sprintf("secret-%d", i)
		n.send(`{"type":"welcome","peer":"alice","n":1,"session":"s1","secret":"` + secret + `","resumed":true}`)
		n.want("ack")
		m := n.want("signal")
		if m["id"] != first["id"] || m["again"] != true {
			t.Fatalf("sent again: %v", m)
		}
		s = n
	}
	s.send(fmt.Sprintf(`{"type":"ack","id":%v,"status":"sent"}`, first["id"]))
	if err := wait(t, answered); err != nil {
		t.Fatal(err)
	}
}
