package protocol

import (
	"fmt"
	"strings"
	"testing"
)

// malformed are frames that no gateway takes, each with the id it is answered under, 0 where none can be read.
var malformed = []struct {
	text string
	id   int64
}{
	{`nope`, 0}, {``, 0}, {` `, 0}, {`[]`, 0}, {`"ping"`, 0}, {`1`, 0}, {`null`, 0}, {`true`, 0}, {`{`, 0}, {`}`, 0}, {`{}`, 0},
	{`{"type":5}`, 0}, {`{"type":null}`, 0}, {`{"type":["ping"]}`, 0}, {`{"id":5}`, 5}, {`{"id":5,"type":7}`, 5},
	{`{"type":"ping"} x`, 0}, {`{"type":"ping"}{"type":"ping"}`, 0}, {`[{"type":"ping"}]`, 0}, {`{'type':'ping'}`, 0},
	{`{"type":"ping",}`, 0}, {`{"type":"ping" "t":1}`, 0}, {`{type:"ping"}`, 0}, {`{"type":"ping","t":01}`, 0}, {`{"type":"ping","t":NaN}`, 0},
	{`{"type":"ping","t":+1}`, 0}, {`{"type":"ping","t":"` + "\t" + `"}`, 0}, {`{"type":"ping","t":"\x"}`, 0}, {`{"type":"ping","t":"\u12"}`, 0},
	{"\ufeff" + `{"type":"ping"}`, 0}, {`{"type":"ping"} // x`, 0}, {"\x00", 0},
	{`{"type":"join","id":7}`, 7}, {`{"type":"leave","id":7}`, 7}, {`{"type":"roster","id":7}`, 7}, {`{"type":"signal","id":7}`, 7},
	{`{"type":"join","id":7,"room":5}`, 7}, {`{"type":"join","id":7,"room":null}`, 7}, {`{"type":"signal","id":7,"to":{}}`, 7},
	{`{"type":"join","id":7,"Room":"x"}`, 7},
}

// repeated are those with a repeated member name, at any depth and however it is written.
var repeated = []string{
	`{"type":"ping","type":"ping"}`, `{"type":"bye","t":1,"type":"ping"}`, `{"type":"ping","t":1,"t":2}`, `{"type":"ping","x":1,"x":1}`,
	`{"type":"ping","\u0074":1,"t":2}`, `{"type":"ping","t\u0079pe":"bye"}`, `{"type":"ping","x":{"a":1,"a":1}}`,
	`{"type":"signal","to":"x","data":{"a":[{"b":1,"b":2}]}}`, `{"type":"signal","to":"x","to":"y"}`, `{"type":"signal","to":"x","data":{"":1,"":2}}`,
}

// surrogates are those with a lone surrogate escape.
var surrogates = []string{
	`{"type":"ping","t":"\ud800"}`, `{"type":"ping","t":"\udc00"}`, `{"type":"ping","t":"\ud83d x"}`, `{"type":"ping","t":"\ude00\ud83d"}`,
	`{"type":"ping","t":"\uD800\u0041"}`, `{"type":"ping","\ud800":1}`, `{"type":"signal","to":"x","data":["\udfff"]}`,
}

// Each malformed frame is answered by an error, and changes nothing else.
func TestMalformedIsAnswered(t *testing.T) {
	t.Parallel()
	g := start(t)
	w := g.world(t)
	c, asked := w.enter("a"), 0
	try := func(text string, id int64) {
		t.Helper()
		if asked++; asked%9 == 0 { // the tenth would end the socket
			c = w.enter(fmt.Sprint("a", asked))
		}
		if err := c.try(text); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		f := c.next()
		if f.typ() != "error" || f.code() != "bad_frame" {
			t.Errorf("%s in answer to %q", f.raw, text)
		}
		if f.has("id") && (id == 0 || f.num("id") != id) || !f.has("id") && id > 0 {
			t.Errorf("%s in answer to %q, id %d", f.raw, text, id)
		}
		c.barrier()
	}
	for _, m := range malformed {
		try(m.text, m.id)
	}
	for _, text := range append(repeated, surrogates...) {
		try(text, 0)
	}
}

// What looks like one of these and is none is taken.
func TestWellFormed(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.enter("a")
	for _, text := range []string{
		`{"type":"ping","t":1,"T":2,"Type":"bye"}`, `{"\u0074ype":"ping"}`, `{"type":"pi\u006eg"}`, `{"type":"ping","x":{"a":1,"A":2,"b":{"a":1}}}`,
		`{"type":"ping","x":"\ud83d\ude00"}`, "\r\n\t {\"type\" : \"ping\"}\n", `{"type":"ping","x":"\u0000"}`, `{"type":"ping","":""}`,
		`{"t":{"type":"bye"},"type":"ping"}`, `{"type":"ping","x":[{"a":1},{"a":1}]}`,
	} {
		c.send("%s", text)
		if f := c.next(); f.typ() != "pong" {
			t.Errorf("%s in answer to %q", f.raw, text)
		}
	}
}

// The tenth on a socket ends it, however many good ones are between.
func TestMalformedTenTimes(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for i := range 9 {
		a.send("%s", malformed[i].text)
		if f := a.next(); f.typ() != "error" {
			t.Fatalf("%d: %s", i, f.raw)
		}
		a.signal(b, "sent", fmt.Sprint(i))
		b.data(fmt.Sprint(i))
	}
	a.send("nope")
	a.refused(4007, "protocol_error")
	c := a.resume(a.secret(), 0) // it was the socket that ended; the next one counts anew
	for i := range 9 {
		c.send("%s", malformed[i].text)
		c.of("error")
	}
	c.barrier()
}

// max_frame bytes are taken, one more is 1009.
func TestFrameSize(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	limit := int(a.hello.num("max_frame"))
	frame := func(size int) string {
		start := fmt.Sprintf(`{"type":"signal","to":%q,"data":"`, b.name)
		return start + strings.Repeat("x", size-len(start)-2) + `"}`
	}
	a.send("%s", frame(limit))
	if f := b.of("signal"); len(f.f["data"]) < limit-200 {
		t.Errorf("%d bytes of data", len(f.f["data"]))
	}
	_ = a.try(frame(limit + 1))
	a.refused(1009, "")
	c := a.resume(a.secret(), 0)
	c.signal(b, "sent", `"next"`)
	b.data(`"next"`)
}
