package protocol

import (
	"fmt"
	"strings"
	"testing"
)

func TestSignalDirected(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	if f := a.must("ack", `"type":"signal","to":%q,"kind":"offer","data":{"sdp":"v=0"}`, b.name); f.str("status") != "sent" || f.has("receivers") {
		t.Errorf("%s", f.raw)
	}
	f := b.data(`{"sdp":"v=0"}`)
	if f.num("seq") != 1 || f.str("from") != a.name || f.num("n") != a.n() || !f.flag("polite") || f.str("kind") != "offer" || f.has("room") {
		t.Errorf("%s", f.raw)
	}
	b.signal(a, "sent", "1")
	if f := a.data("1"); f.num("seq") != 1 || f.flag("polite") || f.str("kind") != "message" {
		t.Errorf("%s", f.raw)
	}
	a.fail("no_such_peer", `"type":"signal","to":%q`, w.id("nobody"))
	for _, reserved := range []string{"@" + w.id("backend"), "~" + w.id("00")} { // may be addressed, if not held
		f := a.ask(`"type":"signal","to":%q`, reserved)
		if f.typ() != "error" || f.code() != "no_such_peer" {
			t.Errorf("%s", f.raw)
		}
	}
}

// A signal to oneself is delivered like any other.
func TestSignalToOneself(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a := w.enter("a")
	a.signal(a, "sent", `"me"`)
	if f := a.data(`"me"`); f.str("from") != a.name || f.num("seq") != 1 {
		t.Errorf("%s", f.raw)
	}
}

func TestSignalKinds(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for _, kind := range []string{"offer", "answer", "candidate", "end-of-candidates", "bye", "x", "A.b_c:d-0", strings.Repeat("k", 32)} {
		a.must("ack", `"type":"signal","to":%q,"kind":%q`, b.name, kind)
		if f := b.of("signal"); f.str("kind") != kind {
			t.Errorf("%s, want kind %s", f.raw, kind)
		}
	}
	for _, kind := range []string{`""`, `"a b"`, `"é"`, `"` + strings.Repeat("k", 33) + `"`, `5`, `["offer"]`, `"a@b"`} {
		a.fail("bad_frame", `"type":"signal","to":%q,"kind":%s`, b.name, kind)
	}
	b.barrier()
	b.none("a signal of a malformed kind", is("signal"))
}

// Whom a signal is for must be said, and by a name.
func TestSignalWithoutTarget(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a := w.enter("a")
	a.fail("bad_frame", `"type":"signal","data":1`)
	a.fail("bad_frame", `"type":"signal","To":%q,"Room":"x"`, a.name) // names match exactly: neither is a target
	a.fail("", `"type":"signal","to":"a b"`)
	a.fail("", `"type":"signal","to":""`)
	a.fail("bad_frame", `"type":"signal","to":5`)
	a.fail("bad_frame", `"type":"signal","to":[%q]`, a.name)
}

// A room signal goes to its members, without its sender.
func TestSignalToRoom(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b, c, stranger := w.enter("a"), w.enter("b"), w.enter("c"), w.enter("d")
	room := w.id("r")
	a.join(room)
	if f := a.must("ack", `"type":"signal","room":%q,"data":0`, room); f.num("receivers") != 0 || !f.has("receivers") || f.str("status") != "sent" {
		t.Errorf("to nobody: %s", f.raw)
	}
	b.join(room)
	c.join(room)
	if f := b.must("ack", `"type":"signal","room":%q,"kind":"chat","data":{"t":1}`, room); f.num("receivers") != 2 || f.str("status") != "sent" || f.has("full") {
		t.Errorf("%s", f.raw)
	}
	for _, x := range []*client{a, c} {
		if f := x.data(`{"t":1}`); f.str("room") != room || f.str("from") != b.name || f.num("n") != b.n() || f.str("kind") != "chat" {
			t.Errorf("%s", f.raw)
		}
	}
	for _, x := range []*client{b, stranger} {
		x.barrier()
		x.none("a room signal that is not for it", is("signal"))
	}
}

// to with room: that member only.
func TestSignalToMember(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b, c, outside := w.enter("a"), w.enter("b"), w.enter("c"), w.enter("d")
	room := w.id("r")
	for _, x := range []*client{a, b, c} {
		x.join(room)
	}
	if f := a.must("ack", `"type":"signal","room":%q,"to":%q,"data":1`, room, b.name); f.str("status") != "sent" {
		t.Errorf("%s", f.raw)
	}
	if f := b.data("1"); f.str("room") != room {
		t.Errorf("%s", f.raw)
	}
	a.fail("", `"type":"signal","room":%q,"to":%q`, room, outside.name)
	a.fail("", `"type":"signal","room":%q,"to":%q`, room, w.id("nobody"))
	for _, x := range []*client{c, outside} {
		x.barrier()
		x.none("a signal for b", is("signal"))
	}
}

// to_n: only if the receiver still is that incarnation.
func TestSignalToIncarnation(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	a.must("ack", `"type":"signal","to":%q,"to_n":%d,"data":1`, b.name, b.n())
	b.data("1")
	b.send(`{"type":"bye"}`)
	b.ended()
	later := w.enter("b")
	a.fail("no_such_peer", `"type":"signal","to":%q,"to_n":%d,"data":2`, b.name, b.n())
	a.fail("no_such_peer", `"type":"signal","to":%q,"to_n":%d,"data":2`, b.name, later.n()+1)
	a.must("ack", `"type":"signal","to":%q,"to_n":%d,"data":3`, b.name, later.n())
	later.data("3")
}

// Signals of one session to one receiver arrive in id order, also across directed and room signals.
func TestSignalOrder(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	a.join(room)
	b.join(room)
	for i := range 100 {
		target := `"to":"` + b.name + `"`
		if i%3 == 1 {
			target = `"room":"` + room + `"`
		}
		id := ""
		if i%5 != 0 {
			id = `"id":` + fmt.Sprint(a.id()) + `,`
		}
		a.send(`{"type":"signal",%s%s,"data":%d}`, id, target, i)
		if i%16 == 15 {
			a.answer(a.ids)
		}
	}
	for i := range 100 {
		b.data(fmt.Sprint(i))
	}
}
