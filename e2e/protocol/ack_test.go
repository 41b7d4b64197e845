package protocol

import (
	"fmt"
	"testing"
)

// An ack is for all up to it; what it left comes again after a resume, and nothing else.
func TestAckIsCumulative(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for i := range 5 {
		a.signal(b, "sent", fmt.Sprint(i))
		b.data(fmt.Sprint(i))
	}
	b.ack(3)
	b.ack(2) // an older one changes nothing
	b.cut()
	c := b.resume(b.secret(), 3)
	for i := 3; i < 5; i++ {
		if f := c.data(fmt.Sprint(i)); f.num("seq") != int64(i+1) {
			t.Errorf("%s", f.raw)
		}
	}
	a.signal(b, "sent", "5")
	c.data("5")
}

// Resuming with a later seq than was acked is an ack of its own.
func TestAckByResume(t *testing.T) {
	t.Parallel()
	w := start(t, inbox(32)).world(t)
	a, b := w.enter("a"), w.enter("b")
	n := fill(a, b)
	b.cut()
	c := b.resume(b.secret(), n)
	c.confirm()
	c.none("a signal that was processed", is("signal"))
	c.ack(n)
	a.signal(b, "sent", "1")
	if f := c.data("1"); f.num("seq") != n+1 {
		t.Errorf("%s", f.raw)
	}
}

// An ack above what was sent, whatever is made of it, breaks no other promise.
func TestAckOfTheFuture(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	a.signal(b, "sent", "1")
	b.data("1")
	b.send(`{"type":"ack","seq":1000000}`)
	b.barrier()
	for i := range 3 {
		a.signal(b, "sent", fmt.Sprint(i))
		b.data(fmt.Sprint(i)) // seq goes on without a gap, which is checked as they come
	}
	b.cut()
	c := b.resume(b.secret(), 3)
	c.data("2")
}

func TestAckMalformed(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	b := w.enter("b")
	for _, seq := range []string{"-1", "1.5", `"1"`, "null", "[]", "1e99"} {
		b.send(`{"type":"ack","seq":%s}`, seq)
		if f := b.next(); f.code() != "bad_frame" || f.has("id") {
			t.Errorf("%s: %s", seq, f.raw)
		}
	}
	b.confirm()
}
