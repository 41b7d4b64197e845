package accept

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

// ends reads until the connection ends, and returns how long that took.
func ends(c net.Conn) time.Duration {
	began := time.Now()
	_ = c.SetDeadline(time.Time{})
	_, _ = io.Copy(io.Discard, c)
	return time.Since(began)
}

// drip sends a request's head a byte every so often, for ever.
func drip(c net.Conn, every time.Duration) {
	_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: aldis.test\r\nX: ")
	for err == nil {
		pass(every)
		_, err = io.WriteString(c, "x")
	}
}

// TestSlowClients: whatever a client does, or does not do, it has the time that it has.
func TestSlowClients(t *testing.T) {
	const client, proxy, short, long = "192.0.2.1:1000", "10.0.0.1:1000", 2 * time.Second, time.Minute
	for _, tt := range []struct {
		name    string
		timeout time.Duration // of handshakes
		from    string
		use     func(net.Conn)
		ends    time.Duration
	}{
		{"says nothing", short, client, nil, short},
		{"says nothing, and might take long", long, client, nil, headerTimeout},
		{"drips its head", short, client, func(c net.Conn) { go drip(c, 100*time.Millisecond) }, short},
		{"drips its head, and might take long", long, client, func(c net.Conn) { go drip(c, time.Second) }, headerTimeout},
		{"half a PROXY header", short, proxy, func(c net.Conn) { _, _ = io.WriteString(c, "PRO") }, short},
		{"no PROXY header", long, proxy, nil, 2 * headerTimeout},
		{"half a PROXY header, long", long, proxy, func(c net.Conn) { _, _ = io.WriteString(c, "PRO") }, 2 * headerTimeout},
		{"idle after an answer", short, client, func(c net.Conn) { _, _ = ask(c, "/") }, idleTimeout},
		{"drips its second head", short, client, func(c net.Conn) { _, _ = ask(c, "/"); go drip(c, 100*time.Millisecond) }, headerTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{HandshakeTimeout: tt.timeout, ProxyFrom: prefixes("10.0.0.0/8")}
			inMemory(t, cfg, func(t *testing.T, r *rig, w *world) {
				c := w.connect(tt.from)
				if tt.use != nil {
					tt.use(c)
				}
				defer pass(2 * time.Second) // who drips hears of it
				defer c.Close()
				if took := ends(c); took < tt.ends-time.Second || took > tt.ends {
					t.Errorf("ended after %v, not %v", took, tt.ends)
				}
			})
		})
	}
}

// TestSlowReader does not read what it asked for.
func TestSlowReader(t *testing.T) {
	inMemory(t, Config{}, func(t *testing.T, r *rig, w *world) {
		done := make(chan time.Time, 1)
		r.pages = func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
			done <- time.Now()
		}
		c := w.connect("192.0.2.1:1000")
		began := time.Now()
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: aldis.test\r\n\r\n")
		if took := (<-done).Sub(began); took != r.cfg.HandshakeTimeout {
			t.Errorf("ended after %v", took)
		}
	})
}

// TestKeptAlive asks again on one connection when the time of its handshake is over long ago: each request has its own.
func TestKeptAlive(t *testing.T) {
	inMemory(t, Config{HandshakeTimeout: 3 * time.Second}, func(t *testing.T, r *rig, w *world) {
		c := w.connect("192.0.2.1:1000")
		for range 5 {
			if a, err := ask(c, "/"); err != nil || a.status != http.StatusOK {
				t.Fatalf("%+v, %v", a, err)
			}
			pass(idleTimeout - time.Second)
		}
		if a, err := ask(c, native.Path, upgrading...); err != nil || a.status != http.StatusSwitchingProtocols {
			t.Fatalf("%+v, %v", a, err)
		}
	})
}

// TestSessionHasNoDeadline: what the door allows a handshake does not end a session.
func TestSessionHasNoDeadline(t *testing.T) {
	inMemory(t, Config{HandshakeTimeout: time.Second}, func(t *testing.T, r *rig, w *world) {
		pipe := w.connect("192.0.2.1:1000")
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return pipe, nil }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		c, _, err := websocket.Dial(ctx, "ws://aldis.test"+native.Path, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"hello"}`)); err != nil {
			t.Fatal(err)
		}
		frames := make(chan []byte, 8)
		go func() { // which answers the gateway's pings, too
			defer close(frames)
			for {
				_, b, err := c.Read(ctx)
				if err != nil {
					return
				}
				frames <- b
			}
		}()
		if b := <-frames; !bytes.Contains(b, []byte("welcome")) {
			t.Fatalf("%s", b)
		}
		pass(30*time.Minute + 7*time.Second) // not when the gateway pings: two writers of one pipe block each other
		if err := c.Ping(ctx); err != nil {
			t.Errorf("after half an hour: %v", err)
		}
		_ = c.CloseNow()
		<-frames
	})
}
