package protocol

import (
	"strings"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// fill sends to a receiver until its inbox is full, and returns how many it took. What does not ack gets no more.
func fill(a, b *client) int64 {
	a.t.Helper()
	limit := b.hello.sub("limits").num("inbox")
	for i := range limit {
		a.signal(b, "sent", `"x"`)
		if f := b.data(`"x"`); f.num("seq") != i+1 {
			a.t.Fatalf("%s", f.raw)
		}
	}
	a.fail("inbox_full", `"type":"signal","to":%q,"data":"y"`, b.name)
	return limit
}

// Full is told at once, and what is acked makes room again.
func TestInboxFull(t *testing.T) {
	t.Parallel()
	w := start(t, inbox(32)).world(t)
	a, b, c := w.enter("a"), w.enter("b"), w.enter("c")
	n := fill(a, b)
	c.fail("inbox_full", `"type":"signal","to":%q`, b.name)
	a.fail("inbox_full", `"type":"signal","to":%q`, b.name)
	a.signal(c, "sent", "1") // the others' are not
	c.data("1")
	b.ack(n / 2)
	for range n / 2 {
		a.signal(b, "sent", `"z"`)
		b.data(`"z"`)
	}
	a.fail("inbox_full", `"type":"signal","to":%q`, b.name)
	b.ack(n + n/2)
	a.signal(b, "sent", `"last"`)
	b.data(`"last"`)
	b.barrier()
	b.none("a signal that was refused", is("signal"))
}

// Members whose inboxes are full are told apart from those that receive.
func TestInboxFullInARoom(t *testing.T) {
	t.Parallel()
	w := start(t, inbox(32)).world(t)
	a, b, c := w.enter("a"), w.enter("b"), w.enter("c")
	room := w.id("r")
	for _, x := range []*client{a, b, c} {
		x.join(room)
	}
	n := fill(a, b)
	f := a.must("ack", `"type":"signal","room":%q,"data":1`, room)
	if f.num("receivers") != 1 || f.num("full") != 1 {
		t.Errorf("%s", f.raw)
	}
	c.data("1")
	b.ack(n)
	if f := a.must("ack", `"type":"signal","room":%q,"data":2`, room); f.num("receivers") != 2 || f.has("full") {
		t.Errorf("%s", f.raw)
	}
	b.data("2")
	c.data("2")
}

// An inbox is bounded in bytes too.
func TestInboxFullOfBytes(t *testing.T) {
	t.Parallel()
	w := own(t, func(o *app.Options) { o.Limits.InboxBytes = 256 << 10 }).world(t)
	a, b := w.enter("a"), w.enter("b")
	taken := 0
	for range 8 {
		f := a.ask(`"type":"signal","to":%q,"data":"%s"`, b.name, strings.Repeat("x", 60<<10))
		if f.code() == "inbox_full" {
			break
		}
		taken++
	}
	if taken == 0 || taken > 5 {
		t.Errorf("%d signals of 60 KiB in 256 KiB", taken)
	}
	for range taken {
		b.of("signal")
	}
	b.ack(int64(taken))
	a.signal(b, "sent", "1")
}

// A sender above its rate is told so, keeps its socket, and may go on later.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	w := start(t, func(o *app.Options) { o.Session.SignalsPerSecond = 20 }).world(t)
	a, b := w.enter("a"), w.enter("b")
	per := a.hello.sub("limits").float("signals_per_s")
	taken, limited := 0, 0
	for range int(per*15) + 200 {
		switch f := a.ask(`"type":"signal","to":%q,"data":1`, b.name); {
		case f.typ() == "ack":
			taken++
			b.data("1")
			b.send(`{"type":"ack","seq":%d}`, taken)
		case f.code() == "rate_limited":
			if limited++; f.has("retry_after") && f.float("retry_after") < 0 {
				t.Errorf("%s", f.raw)
			}
		default:
			t.Fatalf("%s", f.raw)
		}
	}
	if taken == 0 || limited == 0 {
		t.Errorf("%d taken, %d rate_limited", taken, limited)
	}
	for a.ask(`"type":"signal","to":%q,"data":2`, b.name).typ() != "ack" { // until the rate allows it
		b.barrier()
	}
	b.data("2")
}
