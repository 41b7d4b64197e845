package protocol

import (
	"fmt"
	"testing"
)

// retry sends a frame again, under its id, and takes the answer.
func (c *client) retry(id int64, format string, args ...any) frame {
	c.t.Helper()
	c.send(`{"again":true,"id":%d,%s}`, id, fmt.Sprintf(format, args...))
	return c.answer(id)
}

// A signal that was taken is acked again, and delivered once.
func TestAgainTaken(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	a.join(room)
	b.join(room)
	direct, both := fmt.Sprintf(`"type":"signal","to":%q,"data":1`, b.name), fmt.Sprintf(`"type":"signal","room":%q,"data":2`, room)
	a.must("ack", "%s", direct)
	a.must("ack", "%s", both)
	b.data("1")
	b.data("2")
	for range 2 { // sockets come and go; what is sent again stays the same
		a.cut()
		a = a.resume(a.secret(), 0)
		a.confirm()
		if f := a.retry(2, "%s", direct); f.typ() != "ack" || f.str("status") == "" {
			t.Errorf("%s", f.raw)
		}
		if f := a.retry(3, "%s", both); f.typ() != "ack" {
			t.Errorf("%s", f.raw)
		}
	}
	a.signal(b, "sent", "3")
	if f := b.data("3"); f.num("seq") != 3 {
		t.Errorf("%s", f.raw)
	}
}

// So it is when the receiver's socket was elsewhere meanwhile, or away.
func TestAgainAcrossTheReceiversResume(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	signal := func(i int) string { return fmt.Sprintf(`"type":"signal","to":%q,"data":%d`, b.name, i) }
	a.must("ack", "%s", signal(1))
	a.must("ack", "%s", signal(2))
	b.data("1")
	b.cut()
	a.cut()
	a = a.resume(a.secret(), 0)
	a.confirm()
	for i := 1; i <= 2; i++ {
		if f := a.retry(int64(i), "%s", signal(i)); f.typ() != "ack" {
			t.Errorf("%s", f.raw)
		}
	}
	c := b.resume(b.secret(), 1)
	c.data("2")
	c.ack(2)
	if f := a.signal(b, "sent", "3"); f.num("id") != 3 {
		t.Errorf("%s", f.raw)
	}
	c.data("3")
}

// A frame that never arrived is taken when it is sent again, and new ids go on above it.
func TestAgainNeverArrived(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	a.signal(b, "sent", "1")
	b.data("1")
	a.cut()
	a = a.resume(a.secret(), 0)
	a.confirm()
	for id := int64(2); id <= 3; id++ {
		if f := a.retry(id, `"type":"signal","to":%q,"data":%d`, b.name, id); f.typ() != "ack" {
			t.Errorf("%s", f.raw)
		}
		b.data(fmt.Sprint(id))
	}
	a.ids = 2
	a.fail("bad_id", `"type":"signal","to":%q,"data":"low"`, b.name)
	a.signal(b, "sent", "4")
	b.data("4")
}

// Refused, its answer lost, the next one taken, cut: the refused one is never acked, for then it would come after the next.
func TestAgainRefusedBeforeOneTaken(t *testing.T) {
	t.Parallel()
	w := start(t, inbox(32)).world(t)
	a, b := w.enter("a"), w.enter("b")
	n := fill(a, b)
	refused := a.ids // by fill, the last of it; the test knows its answer, a client whose socket ended would not
	b.ack(n)
	a.signal(b, "sent", `"next"`)
	b.data(`"next"`)
	next := a.ids
	for range 2 {
		a.cut()
		a = a.resume(a.secret(), 0)
		a.confirm()
		if f := a.retry(refused, `"type":"signal","to":%q,"data":"y"`, b.name); f.typ() != "error" || f.code() != "stale" && f.code() != "inbox_full" {
			t.Errorf("%s", f.raw)
		}
		if f := a.retry(next, `"type":"signal","to":%q,"data":"next"`, b.name); f.typ() != "ack" {
			t.Errorf("%s", f.raw)
		}
	}
	a.signal(b, "sent", `"last"`)
	if f := b.data(`"last"`); f.num("seq") != n+2 {
		t.Errorf("%s", f.raw)
	}
}

// Whatever became of a refused one that is sent again, it is delivered at most once, and if it is acked.
func TestAgainRefused(t *testing.T) {
	t.Parallel()
	w := start(t, inbox(32)).world(t)
	a, b := w.enter("a"), w.enter("b")
	n := fill(a, b)
	refused := a.ids
	b.ack(n)
	a.cut()
	a = a.resume(a.secret(), 0)
	a.confirm()
	first := a.retry(refused, `"type":"signal","to":%q,"data":"y"`, b.name)
	a.cut()
	a = a.resume(a.secret(), 0)
	a.confirm()
	if second := a.retry(refused, `"type":"signal","to":%q,"data":"y"`, b.name); second.typ() != first.typ() {
		t.Errorf("%s after %s", second.raw, first.raw)
	}
	a.signal(b, "sent", `"last"`)
	if first.typ() == "ack" {
		b.data(`"y"`)
	}
	b.data(`"last"`)
}

// Frames about rooms have the same outcome when they are sent again.
func TestAgainInRooms(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room, other := w.id("r"), w.id("q")
	b.join(room)
	b.join(other)
	a.join(room)  // 1
	a.join(other) // 2
	a.must("left", `"type":"leave","room":%q`, other)
	b.presence("join", a)
	b.presence("join", a)
	b.presence("leave", a)
	a.cut()
	a = a.resume(a.secret(), 0)
	a.confirm()
	if f := a.retry(1, `"type":"join","room":%q`, room); f.typ() != "joined" || f.peers()[b.name].num("n") != b.n() {
		t.Errorf("%s", f.raw)
	}
	if f := a.retry(3, `"type":"leave","room":%q`, other); f.typ() != "left" {
		t.Errorf("%s", f.raw)
	}
	if f := a.retry(4, `"type":"roster","room":%q`, room); f.typ() != "roster" {
		t.Errorf("%s", f.raw)
	}
	a.ids = 4
	a.must("left", `"type":"leave","room":%q`, room)
	b.presence("leave", a)
	b.none("presence out of repeated frames", is("presence"))
}
