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
)

// TestConnectEndsWithItsContext, and tells why it had not succeeded.
func TestConnectEndsWithItsContext(t *testing.T) {
	g := newScript(t)
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	down := make(chan Event, 1)
	o := Options{Backoff: Backoff{time.Hour, time.Hour}, Handle: func(ev Event) { down <- ev }}
	go func() { _, err := Connect(ctx, g.url, o); failed <- err }()
	g.ask(patience).decide <- func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(503)
	}
	if d := wait(t, down).(Disconnected); d.RetryIn < time.Hour {
		t.Error(d)
	}
	cancel()
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
