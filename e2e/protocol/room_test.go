package protocol

import (
	"strings"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// A room's life as two members see it.
func TestRoomPresence(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	room := w.id("r")
	bob, carol := w.enter("bob"), w.enter("Carol") // C is below b in byte order: bob is polite
	first := bob.join(room)
	if len(first.peers()) != 0 || first.flag("more") {
		t.Errorf("a new room: %s", first.raw)
	}
	joined := carol.must("joined", `"type":"join","room":%q,"meta":{"role":"x"}`, room)
	entry := joined.peers()[bob.name]
	if len(joined.peers()) != 1 || entry.num("n") != bob.n() || entry.flag("polite") {
		t.Errorf("%s", joined.raw)
	}
	p := bob.presence("join", carol)
	if p.str("room") != room || p.num("v") <= first.num("v") || !p.flag("polite") || p.sub("meta").str("role") != "x" {
		t.Errorf("%s", p.raw)
	}
	if joined.num("v") < p.num("v") {
		t.Errorf("the joiner's version %d is below that of its own join, %d", joined.num("v"), p.num("v"))
	}

	carol.must("joined", `"type":"join","room":%q,"meta":{"role":"y"}`, room)
	u := bob.presence("update", carol)
	if u.sub("meta").str("role") != "y" || u.num("v") <= p.num("v") {
		t.Errorf("%s", u.raw)
	}
	roster := bob.must("roster", `"type":"roster","room":%q`, room)
	if e := roster.peers()[carol.name]; len(roster.peers()) != 1 || e.sub("meta").str("role") != "y" || roster.num("v") < u.num("v") {
		t.Errorf("%s", roster.raw)
	}
	if f := carol.must("left", `"type":"leave","room":%q`, room); f.str("room") != room {
		t.Errorf("%s", f.raw)
	}
	if l := bob.presence("leave", carol); l.num("v") <= u.num("v") {
		t.Errorf("%s", l.raw)
	}
	if again := carol.join(room); again.num("v") <= u.num("v") {
		t.Errorf("the version fell: %s", again.raw)
	}
	carol.barrier()
	carol.none("presence about what joined already told", is("presence"))
}

// Joining twice is being there once.
func TestRoomJoinTwice(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	room := w.id("r")
	a, b := w.enter("a"), w.enter("b")
	a.join(room)
	b.join(room)
	b.join(room)
	a.presence("join", b)
	a.must("roster", `"type":"roster","room":%q`, room) // whose entries are checked to be single
	b.must("left", `"type":"leave","room":%q`, room)
	b.fail("not_a_member", `"type":"leave","room":%q`, room)
	f := a.of("presence")
	if f.str("event") == "update" {
		f = a.of("presence")
	}
	if f.str("event") != "leave" {
		t.Errorf("%s", f.raw)
	}
}

// What concerns a room one is not in is not_a_member, whether or not it exists.
func TestRoomNotAMember(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	b.join(w.id("there"))
	for _, room := range []string{w.id("there"), w.id("nowhere")} {
		for _, ask := range []string{
			`"type":"leave","room":%q`, `"type":"roster","room":%q`, `"type":"signal","room":%q`,
			`"type":"signal","room":%q,"to":"` + b.name + `"`,
		} {
			a.fail("not_a_member", ask, room)
		}
	}
	b.barrier()
	b.none("a stranger's signal", is("signal"))
	b.none("a stranger's presence", is("presence"))
}

func TestRoomNames(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.enter("a")
	for _, name := range []string{w.tag + "_.:@-Zz09", w.tag + strings.Repeat("r", 128-len(w.tag))} {
		c.join(name)
	}
	for _, name := range []string{`""`, `"a b"`, `"é"`, `"a/b"`, `"` + strings.Repeat("r", 129) + `"`, `5`} {
		c.fail("", `"type":"join","room":%s`, name)
	}
	upper := w.enter("b")
	if f := upper.join(strings.ToUpper(w.tag) + "_.:@-Zz09"); len(f.peers()) != 0 {
		t.Errorf("names of rooms have case: %s", f.raw)
	}
}

func TestRoomMeta(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b", `"meta":{"from":"hello"}`)
	limit := int(a.hello.sub("limits").num("meta"))
	meta := func(size int) string { return `{"m":"` + strings.Repeat("x", size-len(`{"m":""}`)) + `"}` }
	a.must("joined", `"type":"join","room":%q,"meta":%s`, w.id("r"), meta(limit))
	if got := b.join(w.id("r")).peers()[a.name]; string(got.f["meta"]) != meta(limit) {
		t.Errorf("%s", got.raw)
	}
	if f := a.presence("join", b); f.sub("meta").str("from") != "hello" {
		t.Errorf("%s", f.raw)
	}
	a.fail("", `"type":"join","room":%q,"meta":%s`, w.id("q"), meta(limit+1))
	a.fail("not_a_member", `"type":"leave","room":%q`, w.id("q"))
}

// A session is in so many rooms and no more.
func TestRoomLimit(t *testing.T) {
	t.Parallel()
	w := start(t, func(o *app.Options) { o.Session.MaxRooms = 5 }).world(t)
	c := w.enter("a")
	limit := int(c.hello.sub("limits").num("rooms"))
	for i := range limit {
		c.join(w.id("r" + strings.Repeat("r", i)))
	}
	c.fail("", `"type":"join","room":%q`, w.id("one-too-many"))
	c.join(w.id("r")) // again: no further room
	c.must("left", `"type":"leave","room":%q`, w.id("r"))
	c.join(w.id("one-too-many"))
}

func TestRoomFull(t *testing.T) {
	t.Parallel()
	w := own(t, func(o *app.Options) { o.Limits.RoomPeers = 2 }).world(t)
	room := w.id("r")
	a, b, c := w.enter("a"), w.enter("b"), w.enter("c")
	a.join(room)
	b.join(room)
	c.fail("room_full", `"type":"join","room":%q`, room)
	c.fail("not_a_member", `"type":"roster","room":%q`, room)
	b.join(room) // a member is not refused by its own place
	b.must("left", `"type":"leave","room":%q`, room)
	c.join(room)
	a.presence("join", b)
	for f := a.of("presence"); f.str("event") != "leave"; f = a.of("presence") {
		if f.str("event") != "update" {
			t.Fatalf("%s", f.raw)
		}
	}
	a.presence("join", c)
}
