package doortest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Nuisance is a way of being a bad client, and how long the door may have to do with it. docs/accept.md has the bounds.
type Nuisance struct {
	Name  string
	Bound time.Duration
	// behave writes what this kind writes, until an error or for good.
	behave func(ctx context.Context, c *net.TCPConn) error
	over   bool // it ends the connection itself
}

// upgrade is a well-formed request for a session.
const upgrade = "GET /v1/connect HTTP/1.1\r\nHost: aldis\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: aldis.v1\r\n\r\n"

// clientHello is the begin of a TLS ClientHello record (RFC 8446 section 4.1.2), without a byte that ends a line.
const clientHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"

// Times that the door gives: for the headers of a request, for the hello, for the answer to a close; and what takes none.
const (
	headers  = 5 * time.Second
	hello    = 5 * time.Second
	closing  = 5 * time.Second
	promptly = time.Second
)

// Slow trickles a header for ever (slowloris).
var Slow = Nuisance{Name: "slowloris", Bound: headers, behave: func(ctx context.Context, c *net.TCPConn) error {
	if _, err := io.WriteString(c, "GET /v1/connect HTTP/1.1\r\nHost: aldis\r\nX-Slow: "); err != nil {
		return err
	}
	for {
		if err := errors.Join(Wait(ctx, 200*time.Millisecond), write(c, "a")); err != nil {
			return err
		}
	}
}}

// Nuisances are all kinds.
var Nuisances = []Nuisance{
	Slow,
	{Name: "says nothing", Bound: headers, behave: say("")},
	{Name: "endless headers", Bound: headers, behave: endless("GET /v1/connect HTTP/1.1\r\nHost: aldis\r\n", "X-More: "+strings.Repeat("b", 100)+"\r\n")},
	{Name: "endless header line", Bound: headers, behave: endless("GET /v1/connect HTTP/1.1\r\nX-Long: ", strings.Repeat("c", 1000))},
	{Name: "endless request line", Bound: headers, behave: endless("GET /", strings.Repeat("d", 1000))},
	{Name: "garbage", Bound: headers, behave: garbage},
	{Name: "TLS to a plain port", Bound: headers, behave: say(clientHello + strings.Repeat("\x17", 506))},
	{Name: "HTTP/2 preface", Bound: headers, behave: say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
	{Name: "FIN without data", Bound: promptly, behave: func(_ context.Context, c *net.TCPConn) error { return c.CloseWrite() }},
	{Name: "RST at once", Bound: promptly, over: true, behave: func(context.Context, *net.TCPConn) error { return nil }},
	{Name: "RST after half a request", Bound: promptly, over: true, behave: say(upgrade[:60])},
	{Name: "RST after the request", Bound: promptly, over: true, behave: say(upgrade)},
	{Name: "RST after a join", Bound: promptly, over: true, behave: join},
	{Name: "upgrade and no hello", Bound: hello + closing, behave: say(upgrade)},
	{Name: "upgrade and garbage", Bound: promptly + closing, behave: say(upgrade + strings.Repeat("\xff", 100))},
}

// Lasts reports whether the door may have to do with it for longer than d.
func (n Nuisance) Lasts(d time.Duration) bool { return n.Bound > d }

// Life is how one bad client fared.
type Life struct {
	Nuisance Nuisance
	Lived    time.Duration // from its being connected until the door ended it
	Ended    bool          // false: the door had not after its bound and slack
	Err      error         // it could not even connect
}

// Annoy connects to address and misbehaves until the door ends it, or until slack beyond its bound is over.
func (n Nuisance) Annoy(ctx context.Context, address string, slack time.Duration) Life {
	ctx, cancel := context.WithTimeout(ctx, n.Bound+slack)
	defer cancel()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if errors.Is(err, syscall.ECONNRESET) {
		return Life{Nuisance: n, Ended: true} // reset before connect(2) had returned
	}
	if err != nil {
		return Life{Nuisance: n, Err: err}
	}
	c := nc.(*net.TCPConn)
	defer func() { _ = c.Close() }()
	began := time.Now()
	deadline, _ := ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		return Life{Nuisance: n, Err: err}
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(began) }) // when the whole ends early
	defer stop()
	if n.over {
		_ = n.behave(ctx, c) // it may be refused before
		_ = c.SetLinger(0)
		return Life{Nuisance: n, Ended: true}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = n.behave(ctx, c) // until it is ended
	}()
	_, err = io.Copy(io.Discard, c)
	lived := time.Since(began)
	cancel()
	<-done
	return Life{Nuisance: n, Lived: lived, Ended: !errors.Is(err, os.ErrDeadlineExceeded)}
}

// join opens a session and joins a room, and waits until the room has it.
func join(_ context.Context, c *net.TCPConn) error {
	frame := func(s string) string { // masked with zeros (RFC 6455 section 5.3)
		return "\x81" + string([]byte{0x80 | byte(len(s)), 0, 0, 0, 0}) + s
	}
	if err := write(c, upgrade+frame(`{"type":"hello"}`)+frame(`{"type":"join","id":1,"room":"lobby"}`)); err != nil {
		return err
	}
	var seen []byte
	for b := make([]byte, 4096); !bytes.Contains(seen, []byte(`"joined"`)); {
		n, err := c.Read(b)
		if err != nil {
			return err
		}
		seen = append(seen, b[:n]...)
	}
	return nil
}

func write(c net.Conn, s string) error {
	_, err := io.WriteString(c, s)
	return err
}

func say(s string) func(context.Context, *net.TCPConn) error {
	return func(_ context.Context, c *net.TCPConn) error { return write(c, s) }
}

// endless writes then again and again, 800 KB a second: faster would be a test of this machine.
func endless(first, then string) func(context.Context, *net.TCPConn) error {
	then = strings.Repeat(then, 8000/len(then))
	return func(ctx context.Context, c *net.TCPConn) error {
		err := write(c, first)
		for err == nil {
			err = errors.Join(write(c, then), Wait(ctx, 10*time.Millisecond))
		}
		return err
	}
}

// garbage is 4 KiB of noise, in which a line may end.
func garbage(_ context.Context, c *net.TCPConn) error {
	b := make([]byte, 4096)
	for i := range b {
		b[i] = byte(rand.Uint32()) //nolint:gosec // noise
	}
	return write(c, string(bytes.ToValidUTF8(b, []byte{0})))
}
