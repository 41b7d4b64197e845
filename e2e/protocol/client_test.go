package protocol

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// client is one socket over a WebSocket library, read all the time. What it receives is checked against section 4 as it
// comes (invariant_test.go) and waits in a queue until the test asks for it.
type client struct {
	t     *testing.T
	w     *world
	ws    *websocket.Conn
	tcp   *net.TCPConn
	done  chan struct{} // closed when the reader has ended
	name  string        // the peer, from welcome on
	hello frame         // the welcome
	ids   int64         // the last id that the test's goroutine took
	last  inv

	mu   sync.Mutex
	got  []frame       // not yet asked for; guarded by mu
	all  []string      // everything, for the report of a failure; guarded by mu
	end  error         // why reading ended; guarded by mu
	wake chan struct{} // closed and replaced whenever got or end changes; guarded by mu
}

// dial opens a socket and says nothing yet.
func (w *world) dial() *client {
	w.t.Helper()
	c := &client{t: w.t, w: w, done: make(chan struct{}), wake: make(chan struct{})}
	var d net.Dialer
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, n, a string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, n, a)
		if err == nil {
			c.tcp = conn.(*net.TCPConn)
		}
		return conn, err
	}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, w.g.url+"/v1/connect", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: tr}, Subprotocols: []string{"aldis.v1"},
	})
	if err != nil {
		w.t.Fatalf("dial: %v", err)
	}
	ws.SetReadLimit(4 * 65536)
	c.ws = ws
	go c.read()
	w.t.Cleanup(func() { c.ws.CloseNow(); <-c.done })
	return c
}

func (c *client) read() {
	defer close(c.done)
	for {
		typ, b, err := c.ws.Read(context.Background())
		var f frame
		if err == nil {
			if f, err = parse(b); err == nil && typ != websocket.MessageText {
				err = errors.New("a binary message")
			}
			if err == nil {
				err = c.last.see(f)
			}
			if err != nil {
				c.t.Errorf("%s: %v", c.name, err)
			}
		}
		c.mu.Lock()
		if err != nil {
			c.end = err
		} else {
			c.got, c.all = append(c.got, f), append(c.all, f.raw)
		}
		close(c.wake)
		c.wake = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// send writes one text frame; the format is a template of its JSON.
func (c *client) send(format string, args ...any) {
	c.t.Helper()
	if err := c.try(fmt.Sprintf(format, args...)); err != nil {
		c.t.Fatalf("%s: send: %v\n%s", c.name, err, c.history())
	}
}

// idIn finds the id in a frame of these tests; encoding/json would not read those that nest too deep.
var idIn = regexp.MustCompile(`"id":([^,}\]]+)`)

// try is send for a socket that may have ended.
func (c *client) try(text string) error {
	if id := idIn.FindStringSubmatch(text); id != nil {
		c.last.sent(id[1])
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, []byte(text))
}

// await takes the first frame that matches out of the queue, and waits for it where need be. It fails the test when the
// socket ends first or patience does.
func (c *client) await(what string, match func(frame) bool) frame {
	c.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		for i, f := range c.got {
			if match(f) {
				c.got = append(c.got[:i:i], c.got[i+1:]...)
				c.mu.Unlock()
				return f
			}
		}
		end, wake := c.end, c.wake
		c.mu.Unlock()
		if end != nil {
			c.t.Fatalf("%s: the socket ended (%v) before %s\n%s", c.name, end, what, c.history())
		}
		select {
		case <-wake:
		case <-deadline.C:
			c.t.Fatalf("%s: no %s\n%s", c.name, what, c.history())
		}
	}
}

// queued returns what came and was not asked for, where it matches.
func (c *client) queued(match func(frame) bool) (out []frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.got {
		if match(f) {
			out = append(out, f)
		}
	}
	return out
}

// history is what the socket received, its last 20 frames.
func (c *client) history() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.all
	if len(all) > 20 {
		all = all[len(all)-20:]
	}
	return "received: " + strings.Join(all, "\n          ")
}

// cut ends the connection below the WebSocket, with a reset, and waits until the reader has seen it.
func (c *client) cut() {
	_ = c.tcp.SetLinger(0)
	c.hangup()
}

// hangup ends the connection below the WebSocket without a reset.
func (c *client) hangup() {
	_ = c.tcp.Close()
	<-c.done
}

// ended waits for the end of the socket and returns its close code and reason.
func (c *client) ended() (int, string) {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Fatalf("%s: the socket did not end\n%s", c.name, c.history())
	}
	var ce websocket.CloseError
	if errors.As(c.end, &ce) {
		return int(ce.Code), ce.Reason
	}
	return 0, c.end.Error()
}

// refused waits for a close with the code and its short name, with an error without id before it.
func (c *client) refused(code int, reason string) frame {
	c.t.Helper()
	got, why := c.ended()
	if got != code || (reason != "" && why != reason) {
		c.t.Fatalf("%s: closed %d %q, want %d %q\n%s", c.name, got, why, code, reason, c.history())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.got); n > 0 && c.got[n-1].typ() == "error" && !c.got[n-1].has("id") {
		return c.got[n-1]
	}
	c.t.Errorf("%s: no error without id came before the close %d; unread: %v", c.name, code, c.got)
	return frame{}
}
