package protocol

import (
	"testing"
	"time"
)

// Within the grace a peer is there, away; when it ends, it leaves and what waited for it is dropped.
func TestGraceEnds(t *testing.T) {
	t.Parallel()
	w := start(t, grace(time.Second)).world(t)
	a, b := w.enter("a"), w.enter("b")
	length := time.Duration(a.hello.float("grace") * float64(time.Second))
	room := w.id("r")
	a.join(room)
	b.join(room)
	a.presence("join", b)
	unread := a.must("ack", `"type":"signal","to":%q,"data":1,"receipt":true`, b.name)
	b.data("1")
	b.cut()
	cut := time.Now()
	a.queuedFor(b, `"data":2`)
	queued := a.must("ack", `"type":"signal","to":%q,"data":2,"receipt":true`, b.name).num("id")
	if f := a.must("ack", `"type":"signal","room":%q,"data":3`, room); f.num("receivers") != 1 {
		t.Errorf("a member that is away is a receiver: %s", f.raw)
	}
	if f := a.must("roster", `"type":"roster","room":%q`, room); len(f.peers()) != 1 {
		t.Errorf("a member that is away is a member: %s", f.raw)
	}
	a.none("a leave within the grace", is("presence"))
	a.patient(length)
	a.presence("leave", b)
	if took := time.Since(cut); took < length*9/10 || took > length+patience {
		t.Errorf("a grace of %v ended after %v", length, took)
	}
	dropped := map[int64]bool{}
	for range 2 {
		f := a.of("receipt")
		if dropped[f.num("id")] = true; f.str("status") != "dropped" || f.num("n") != b.n() {
			t.Errorf("%s", f.raw)
		}
	}
	if !dropped[unread.num("id")] || !dropped[queued] {
		t.Errorf("%v", dropped)
	}
	a.fail("no_such_peer", `"type":"signal","to":%q`, b.name)
	if f := a.must("ack", `"type":"signal","room":%q`, room); f.num("receivers") != 0 {
		t.Errorf("%s", f.raw)
	}
	c := b.again(b.secret(), "1")
	if c.hello.flag("resumed") || c.n() <= b.n() {
		t.Errorf("%s after %s", c.hello.raw, b.hello.raw)
	}
}

// queuedFor signals to one whose socket has been cut until the gateway knows it.
func (c *client) queuedFor(to *client, more string) {
	c.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); {
		if f := c.must("ack", `"type":"signal","to":%q,%s`, to.name, more); f.str("status") == "queued" {
			return
		}
	}
	c.t.Fatal("a peer whose socket was cut stays `sent`")
}

// patient waits through d as a client does, by its own pings.
func (c *client) patient(d time.Duration) {
	c.t.Helper()
	for until := time.Now().Add(d); time.Now().Before(until); c.barrier() {
		select {
		case <-c.done:
			c.t.Fatalf("the socket ended: %v", c.end)
		case <-time.After(d / 20):
		}
	}
}

// A resumed session has a whole grace again, and an attached one needs none.
func TestGraceBeginsAnew(t *testing.T) {
	t.Parallel()
	w := start(t, grace(700*time.Millisecond)).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	a.join(room)
	b.join(room)
	a.presence("join", b)
	length := time.Duration(a.hello.float("grace") * float64(time.Second))
	for range 2 {
		b.cut()
		b = b.resume(b.secret(), 0)
		b.confirm()
	}
	a.patient(length * 3 / 2)
	a.none("a leave of one that is attached", is("presence"))
	b.signal(a, "sent", "1")
	b.cut()
	a.patient(length / 3)
	a.none("a leave within the grace", is("presence"))
	b.resume(b.secret(), 0).confirm()
}
