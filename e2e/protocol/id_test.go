package protocol

import (
	"fmt"
	"testing"
)

// An id is an integer from 1 to 2^53−1.
func TestIDIsAnInteger(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, id := range []string{"0", "-1", "1.5", `"1"`, "9007199254740992", "1e300", "true", "[1]", "{}", "123456789012345678901234567890"} {
		t.Run(id, func(t *testing.T) {
			w := g.world(t)
			c := w.enter("a")
			c.send(`{"type":"join","id":%s,"room":%q}`, id, w.id("r"))
			if f := c.next(); f.typ() != "error" || f.code() != "bad_frame" && f.code() != "bad_id" {
				t.Errorf("%s", f.raw)
			}
			c.fail("not_a_member", `"type":"leave","room":%q`, w.id("r")) // nothing was done
		})
	}
	w := g.world(t)
	c := w.enter("a")
	c.ids = 1<<53 - 2
	c.join(w.id("r"))
}

// Without again an id is above all before it on this socket; with none unanswered it may jump.
func TestIDRises(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.enter("a")
	room := w.id("r")
	for _, id := range []int64{7, 8, 1000, 1 << 40} {
		c.ids = id - 1
		c.must("joined", `"type":"join","room":%q`, room)
	}
	for _, id := range []int64{1 << 40, 1000, 9, 1} {
		c.ids = id - 1
		c.fail("bad_id", `"type":"leave","room":%q`, room)
	}
	c.ids = 1 << 40
	c.must("roster", `"type":"roster","room":%q`, room) // still a member: none of those were done
	d := w.enter("b")
	d.must("ack", `"type":"signal","to":%q`, d.name)
	d.ids--
	d.fail("bad_id", `"type":"signal","to":%q`, d.name)
	d.of("signal")
	d.barrier()
	d.none("a signal with a bad id was delivered", is("signal"))
}

// Whatever is asked with an id is answered under it, once, by a frame of the right type.
func TestIDAnswers(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	b.join(room)
	for _, c := range []struct{ want, ask string }{
		{"joined", fmt.Sprintf(`"type":"join","room":%q`, room)},
		{"joined", fmt.Sprintf(`"type":"join","room":%q,"meta":{"a":1}`, room)},
		{"roster", fmt.Sprintf(`"type":"roster","room":%q`, room)},
		{"ack", fmt.Sprintf(`"type":"signal","to":%q`, b.name)},
		{"ack", fmt.Sprintf(`"type":"signal","room":%q`, room)},
		{"ack", fmt.Sprintf(`"type":"signal","room":%q,"to":%q`, room, b.name)},
		{"left", fmt.Sprintf(`"type":"leave","room":%q`, room)},
		{"error", fmt.Sprintf(`"type":"leave","room":%q`, room)},
		{"error", fmt.Sprintf(`"type":"roster","room":%q`, room)},
		{"error", fmt.Sprintf(`"type":"signal","room":%q`, room)},
		{"error", fmt.Sprintf(`"type":"signal","to":%q`, w.id("nobody"))},
		{"error", `"type":"no-such-type"`},
		{"error", `"type":"signal"`},
		{"error", `"type":"join"`},
	} {
		if f := a.must(c.want, "%s", c.ask); c.want != "error" && c.want != "ack" && f.str("room") != room {
			t.Errorf("%s", f.raw)
		}
	}
	if f := a.ask(`"type":"renew","token":"x"`); f.typ() != "ack" && f.typ() != "error" || f.has("status") {
		t.Errorf("%s", f.raw)
	}
	a.barrier()
	a.none("a second answer", frame.answers)
}

// Many frames at once each get one answer, taken or not.
func TestIDWindow(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	taken := 0
	for range 200 {
		a.send(`{"type":"signal","id":%d,"to":%q,"data":%d}`, a.id(), b.name, a.ids)
	}
	for id := int64(1); id <= 200; id++ {
		switch f := a.answer(id); {
		case f.typ() == "ack":
			taken++
		case f.code() != "bad_id" && f.code() != "rate_limited":
			t.Errorf("%s", f.raw)
		}
	}
	if taken < 32 {
		t.Errorf("%d of 200 taken; a window is 32", taken)
	}
	var last int64
	for range taken {
		var n int64
		fmt.Sscan(string(b.of("signal").f["data"]), &n)
		if n <= last {
			t.Errorf("%d after %d", n, last)
		}
		last = n
	}
}

// Frames without an id are handled and not answered.
func TestIDAbsent(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	room := w.id("r")
	b.join(room)
	a.send(`{"type":"join","room":%q}`, room)
	b.presence("join", a)
	a.send(`{"type":"signal","to":%q,"data":1}`, b.name)
	a.send(`{"type":"signal","room":%q,"data":2}`, room)
	a.send(`{"type":"signal","to":%q,"data":3}`, w.id("nobody"))
	a.send(`{"type":"leave","room":%q}`, room)
	b.data("1")
	b.data("2")
	b.presence("leave", a)
	a.barrier()
	a.none("an answer to no id", func(f frame) bool { return f.answers() || f.typ() == "error" })
}
