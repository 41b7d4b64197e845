package session

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/dialect/native"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/ice"
	"github.com/aldis-rtc/aldis/pkg/vet"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// rig is a Manager over a broker, whose sockets are pipes: they hold nothing, so that a client which does not read is
// felt at once, and they run under synctest.
type rig struct {
	t     *testing.T
	mgr   *Manager
	codec dialect.Codec
}

func newRig(t *testing.T, cfg Config, b broker.Broker) *rig {
	t.Helper()
	if b == nil {
		b = memory.New(broker.Limits{})
	}
	h := hub.New(b)
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg = cfg.WithDefaults()
	m := NewManager(cfg, Deps{Hub: h, Gate: vet.New(), ICE: ice.New(ice.Config{}.WithDefaults()), Inbox: 256,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	m.Start(t.Context())
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := errors.Join(m.Stop(ctx), b.Close(ctx)); err != nil {
			t.Error(err)
		}
	})
	o, err := native.Dialect{}.Open(httptest.NewRequest(http.MethodGet, native.Path, nil))
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, mgr: m, codec: o.Codec}
}

func (r *rig) prepare() *Session {
	return r.mgr.Prepare(Opening{Dialect: "native", Codec: r.codec, Grant: vet.Grant{App: wire.DefaultApp}, Began: time.Now()})
}

// serve gives s one end of a pipe and returns the other as a client.
func (r *rig) serve(s *Session) *client {
	r.t.Helper()
	near, far := net.Pipe()
	req := httptest.NewRequest(http.MethodGet, native.Path, nil)
	for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		req.Header.Set(k, v)
	}
	conn, err := websocket.Accept(&upgrade{httptest.NewRecorder(), near}, req, &websocket.AcceptOptions{
		OnPingReceived: s.Ping, OnPongReceived: s.Pong})
	if err != nil {
		r.t.Fatal(err)
	}
	c := &client{t: r.t, conn: far, br: bufio.NewReaderSize(far, 16)}
	r.t.Cleanup(func() { _ = far.Close() })
	s.Serve(conn, near)
	return c
}

// open returns a client that has its welcome.
func (r *rig) open(peer string) *client {
	r.t.Helper()
	c := r.serve(r.prepare())
	c.send(`{"type":"hello","peer":"` + peer + `"}`)
	c.want(wire.TypeWelcome)
	c.send(`{"type":"ack","seq":0}`)
	return c
}

type upgrade struct {
	http.ResponseWriter
	conn net.Conn
}

func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return u.conn, bufio.NewReadWriter(bufio.NewReader(u.conn), bufio.NewWriter(u.conn)), nil
}

// client speaks RFC 6455 over a pipe.
type client struct {
	t    *testing.T
	conn net.Conn
	br   *bufio.Reader
}

// send writes a text frame; the mask is zero, which leaves the text as it is.
func (c *client) send(text string) {
	c.t.Helper()
	head := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(text)))
	if _, err := c.conn.Write(append(head, text...)); err != nil {
		c.t.Fatal(err)
	}
}

// next reads a frame: a message, or the code of a close, or the error of the socket.
func (c *client) next() (m wire.Message, code wire.CloseCode, err error) {
	c.t.Helper()
	var head [2]byte
	if _, err = io.ReadFull(c.br, head[:]); err != nil {
		return m, 0, err
	}
	size := uint16(head[1])
	if size == 126 {
		if err = binary.Read(c.br, binary.BigEndian, &size); err != nil {
			return m, 0, err
		}
	}
	body := make([]byte, size)
	if _, err = io.ReadFull(c.br, body); err != nil {
		return m, 0, err
	}
	switch head[0] {
	case 0x81:
		return m, 0, json.Unmarshal(body, &m)
	case 0x88:
		return m, wire.CloseCode(binary.BigEndian.Uint16(body)), nil
	}
	return c.next() // a ping
}

// want reads the next message and holds it to its type.
func (c *client) want(typ wire.Type) wire.Message {
	c.t.Helper()
	m, code, err := c.next()
	if m.Type != typ {
		c.t.Fatalf("%+v, close %d, error %v; want %s", m, code, err, typ)
	}
	return m
}
