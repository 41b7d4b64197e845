package protocol

import (
	"testing"
	"time"
)

// The gateway pings; a socket that sends nothing for two heartbeats and 5 s, pongs included, is dropped, and its session is
// in grace.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	w := start(t, heartbeat(300*time.Millisecond)).world(t)
	alive, silent := make(chan int), make(chan int)
	ponging, hello := w.rawPeer("ponging")
	limit := time.Duration(2*hello.float("heartbeat")*float64(time.Second)) + 5*time.Second
	few := int(limit.Seconds()/hello.float("heartbeat")) / 2 // pings that come within limit at least
	mute, gone := w.rawPeer("mute")
	began := time.Now()
	for _, r := range []*raw{ponging, mute} {
		_ = r.conn.SetDeadline(began.Add(2*limit + patience))
	}

	go func() { // answers pings and sends nothing else
		pings := 0
		defer func() { alive <- pings }()
		for time.Since(began) < limit*5/4 {
			op, b, err := ponging.frame()
			if err != nil {
				t.Errorf("a socket that answers pings was dropped after %v: %v", time.Since(began), err)
				return
			}
			if op == opPing {
				pings++
				_ = ponging.bytes(masked(fin|opPong, b))
			}
		}
	}()
	go func() { // reads and sends nothing
		pings := 0
		defer func() { silent <- pings }()
		for {
			op, _, err := mute.frame()
			if err != nil || op == opClose {
				return
			}
			if op == opPing {
				pings++
			}
		}
	}()
	if pings := <-silent; pings < few {
		t.Errorf("%d pings in %v", pings, limit)
	}
	if took := time.Since(began); took < limit*19/20 || took > limit*3/2+2*time.Second {
		t.Errorf("a silent socket was dropped after %v; two heartbeats and 5 s are %v", took, limit)
	}
	c := w.dial()
	c.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":0}}`, w.id("mute"), gone.str("session"), gone.str("secret"))
	if !c.welcome().flag("resumed") {
		t.Errorf("its session is not in grace: %s", c.hello.raw)
	}
	if pings := <-alive; pings < few {
		t.Errorf("%d pings in %v", pings, limit*5/4)
	}
}

// A ping is answered by a pong with the same t.
func TestPing(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.enter("a")
	for _, v := range []string{"123", "0", "1.5", "9007199254740991"} {
		c.send(`{"type":"ping","t":%s}`, v)
		if f := c.next(); f.typ() != "pong" || string(f.f["t"]) != v {
			t.Errorf("%s for t %s", f.raw, v)
		}
	}
	c.send(`{"type":"ping"}`)
	c.of("pong")
}

// A WebSocket ping is answered by a pong with its bytes (RFC 6455 section 5.5.3), between the fragments of a message too.
func TestWebSocketPing(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	r, _ := w.rawPeer("a")
	for _, payload := range []string{"", "x", string(make([]byte, 125))} {
		_ = r.bytes(masked(opText, []byte(`{"type":`)))
		_ = r.bytes(masked(fin|opPing, []byte(payload)))
		_ = r.bytes(masked(opContinue, nil))
		_ = r.bytes(masked(fin|opContinue, []byte(`"ping","t":7}`)))
		for pong, text := false, false; !pong || !text; {
			op, b, err := r.frame()
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case op == opPong && string(b) == payload:
				pong = true
			case op == opText && string(b) == `{"type":"pong","t":7}`:
				text = true
			case op != opPing:
				t.Fatalf("%d %q", op, b)
			}
		}
	}
}
