package protocol

import (
	"fmt"
	"testing"
)

// After a welcome with resumed:true come a roster for each room, then the signals that were missed.
func TestResumeReplays(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b, c := w.enter("a"), w.enter("b"), w.enter("c")
	rooms := []string{w.id("r1"), w.id("r2")}
	for _, r := range rooms {
		a.join(r)
		b.must("joined", `"type":"join","room":%q,"meta":{"b":1}`, r)
		a.presence("join", b)
	}
	a.signal(b, "sent", "1")
	b.data("1")
	b.ack(1)
	b.cut()
	c.join(rooms[1]) // missed, and in the roster
	if f := a.of("presence"); f.str("event") != "join" || f.str("peer") != c.name {
		t.Errorf("%s", f.raw)
	}
	for i := 2; i <= 4; i++ {
		id := a.id()
		a.send(`{"type":"signal","id":%d,"to":%q,"data":%d}`, id, b.name, i)
		if f := a.answer(id); f.typ() != "ack" {
			t.Errorf("%s", f.raw)
		}
	}
	a.must("ack", `"type":"signal","room":%q,"data":5`, rooms[0])

	d := b.resume(b.secret(), 1)
	seen := map[string]frame{}
	for range rooms {
		f := d.next()
		if f.typ() != "roster" || f.has("id") || f.flag("more") {
			t.Fatalf("%s instead of a roster", f.raw)
		}
		seen[f.str("room")] = f
	}
	if e := seen[rooms[0]].peers(); len(e) != 1 || e[a.name].num("n") != a.n() {
		t.Errorf("%s", seen[rooms[0]].raw)
	}
	if e := seen[rooms[1]].peers(); len(e) != 2 || e[c.name].num("n") != c.n() {
		t.Errorf("%s", seen[rooms[1]].raw)
	}
	for i := 2; i <= 5; i++ {
		if f := d.next(); f.typ() != "signal" || f.num("seq") != int64(i) || string(f.f["data"]) != fmt.Sprint(i) {
			t.Errorf("%s, want signal %d", f.raw, i)
		}
	}
	d.ack(5)
	d.must("roster", `"type":"roster","room":%q`, rooms[0]) // still a member
	a.signal(b, "sent", "6")
	d.data("6")

	// No flap: what a sees in the room next is what happens next.
	c.must("left", `"type":"leave","room":%q`, rooms[1])
	a.presence("leave", c)
	a.none("a flap", is("presence"))
}

// The old socket is told that the session lives elsewhere.
func TestResumeWhileAttached(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	a.join(room)
	b.join(room)
	a.presence("join", b)
	c := b.resume(b.secret(), 0)
	b.refused(4008, "resumed")
	c.confirm()
	a.signal(b, "sent", "1")
	c.data("1")
	c.must("left", `"type":"leave","room":%q`, room)
	a.presence("leave", b)
	a.none("a flap", is("presence"))
}

// A client's own close 1000 begins the grace; so do an end without a close and a reset.
func TestResumeAfterAnyEnd(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a := w.enter("a")
	for name, end := range map[string]func(*client){
		"close 1000": func(c *client) { _ = c.ws.Close(1000, "") },
		"close 1001": func(c *client) { _ = c.ws.Close(1001, "leaving") },
		"close 4999": func(c *client) { _ = c.ws.Close(4999, "x") },
		"reset":      (*client).cut,
		"hang-up":    (*client).hangup,
		"malformed":  func(c *client) { _ = c.ws.Write(t.Context(), 2, []byte{0}); <-c.done },
	} {
		b := w.enter("b-" + name[len(name)-4:])
		b.join(w.id("r"))
		end(b)
		c := b.resume(b.secret(), 0)
		if f := c.next(); f.typ() != "roster" || f.str("room") != w.id("r") {
			t.Errorf("%s: %s", name, f.raw)
		}
		c.confirm()
		a.signal(b, "sent", "1")
		c.data("1")
	}
}

// A bye ends the session: what stands before it is done, and it cannot be resumed.
func TestBye(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	a.join(room)
	b.join(room)
	a.presence("join", b)
	b.send(`{"type":"signal","id":100,"to":%q,"data":1}`, a.name)
	b.send(`{"type":"bye"}`)
	if f := b.answer(100); f.typ() != "ack" {
		t.Errorf("%s", f.raw)
	}
	if code, reason := b.ended(); code != 1000 || reason != "bye" {
		t.Errorf("closed %d %q", code, reason)
	}
	a.data("1")
	a.presence("leave", b)
	a.fail("no_such_peer", `"type":"signal","to":%q`, b.name)
	c := b.again(b.secret(), "0")
	if c.hello.flag("resumed") || c.session() == b.session() || c.n() <= b.n() {
		t.Errorf("%s after %s", c.hello.raw, b.hello.raw)
	}
	c.confirm()
	c.fail("not_a_member", `"type":"roster","room":%q`, room)
}
