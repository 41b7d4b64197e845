package protocol

import (
	"testing"
)

// A gateway answers an unknown type with unknown_type, and ignores unknown fields.
func TestUnknownTypes(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.enter("a")
	for _, typ := range []string{"subscribe", "Join", "PING", "welcome", "x-own"} {
		c.fail("unknown_type", `"type":%q,"room":5,"data":[1]`, typ)
	}
	c.send(`{"type":"subscribe"}`)
	if f := c.next(); f.code() != "unknown_type" || f.has("id") {
		t.Errorf("%s", f.raw)
	}
	c.join(w.id("r"))
}

func TestUnknownFields(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	const extra = `"x-trace":{"a":[1,"2",null]},"zzz":-1.5e3,"ID":0,"":"","priority":"high"`
	room := w.id("r")
	b.must("joined", `"type":"join","room":%q,%s`, room, extra)
	a.must("joined", `"type":"join","room":%q,%s`, room, extra)
	a.must("roster", `"type":"roster","room":%q,%s`, room, extra)
	a.must("ack", `"type":"signal","to":%q,"data":1,%s`, b.name, extra)
	if f := b.data("1"); f.has("x-trace") || f.has("zzz") || f.has("priority") {
		t.Errorf("unknown fields are passed on: %s", f.raw)
	}
	b.send(`{"type":"ack","seq":1,%s}`, extra)
	b.send(`{"type":"ping","t":5,%s}`, extra)
	b.of("pong")
	a.must("left", `"type":"leave","room":%q,%s`, room, extra)
	b.send(`{"type":"bye",%s}`, extra)
	if code, _ := b.ended(); code != 1000 {
		t.Errorf("closed %d", code)
	}
}

// A client cannot say who it is, but in its hello: from, n, seq and polite are the gateway's.
func TestForgedFields(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	a.must("ack", `"type":"signal","to":%q,"from":%q,"n":1,"seq":77,"polite":false,"app":"other","peer":"x","kind":"offer","data":1`, b.name, w.id("c"))
	if f := b.data("1"); f.str("from") != a.name || f.num("n") != a.n() || f.num("seq") != 1 || f.has("app") || f.has("peer") {
		t.Errorf("%s", f.raw)
	}
	for i, typ := range []string{"presence", "receipt", "error", "goaway", "gap", "pong", "ice", "joined", "left"} {
		if i == 8 {
			a = w.enter("a2")
		}
		a.fail("unknown_type", `"type":%q,"to":%q,"code":"x","reason":"y"`, typ, b.name)
	}
	b.barrier()
	b.none("a forged frame", func(f frame) bool { return f.typ() != "welcome" })
}
