package session_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/accept"
	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/dialect/native"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/ice"
	"github.com/aldis-rtc/aldis/pkg/session"
	"github.com/aldis-rtc/aldis/pkg/vet"
)

func TestSmoke(t *testing.T) {
	h := hub.New(memory.New(broker.Limits{}))
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	gate := vet.New()
	m := session.NewManager(session.Config{}.WithDefaults(), session.Deps{Hub: h, Gate: gate, ICE: ice.New(ice.Config{TTL: time.Hour}), Inbox: 256, Log: slog.Default()})
	m.Start(t.Context())
	srv := httptest.NewServer(accept.NewHandler(accept.Deps{Dialects: []dialect.Dialect{native.Dialect{}}, Gate: gate, Sessions: m, Log: slog.Default(), Pages: http.HandlerFunc(accept.NotFound)}))
	defer srv.Close()
	dial := func() *websocket.Conn {
		c, _, err := websocket.Dial(t.Context(), strings.Replace(srv.URL, "http", "ws", 1)+"/v1/connect", &websocket.DialOptions{Subprotocols: []string{"aldis.v1"}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, b := dial(), dial()
	w := func(c *websocket.Conn, s string) {
		t.Log("->", s)
		c.Write(t.Context(), websocket.MessageText, []byte(s))
	}
	r := func(c *websocket.Conn) {
		ctx, f := context.WithTimeout(t.Context(), 2*time.Second)
		defer f()
		_, d, err := c.Read(ctx)
		t.Log("<-", string(d), err)
	}
	w(a, `{"type":"hello","peer":"alice"}`)
	r(a)
	w(b, `{"type":"hello","peer":"bob"}`)
	r(b)
	w(a, `{"type":"join","id":1,"room":"r"}`)
	r(a)
	w(b, `{"type":"join","id":1,"room":"r"}`)
	r(b)
	r(a)
	w(a, `{"type":"signal","id":2,"to":"bob","kind":"offer","data":{ "x" : 1},"receipt":true}`)
	r(a)
	r(b)
	w(b, `{"type":"ack","seq":1}`)
	r(a)
	w(a, `{"type":"signal","id":3,"room":"r","data":2}`)
	r(a)
	r(b)
	w(a, `{"type":"bye"}`)
	r(a)
	r(b)
	w(b, `nope`)
	r(b)
	b.Close(1000, "")
	time.Sleep(100 * time.Millisecond)
	t.Log(h.Sessions(), h.Rooms(), m.Connections())
}
