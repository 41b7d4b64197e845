package protocol

import (
	"fmt"
	"strings"
	"testing"
)

// data keeps its bytes, white space included.
func TestDataKeepsItsBytes(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for _, data := range []string{
		`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `""`, `"x"`, `1.0`, `1E+2`, `1e-7`,
		`123456789012345678901234567890.12345678901234567890`, `1e999`, `-9007199254740993`,
		`{ "b" : 1 , "a":[ ] ,"b2":{ }  }`, "{\n\t\"a\":\r\n[1 ,2]\n}", "[\t\n]",
		`"\u0041\u00e9\/\b\f\n\r\t\"\\"`, `"\ud83d\ude00 😀 é \u2028"`, "\"\u2028\u2029\u007f\"", `"<script>&amp;'"`, `"\u0000"`,
		`{"type":"bye","id":1,"to":"x","from":"y","seq":99,"data":{"seq":1}}`, `{"":{"":""}}`, `{"a":1,"A":2}`,
		`"` + strings.Repeat("x", 60000) + `"`, `[` + strings.Repeat(`0,`, 20000) + `0]`,
	} {
		a.signal(b, "sent", data)
		b.data(data)
	}
	a.send("\n{\t\"data\" :  { \"a\" :1 } ,\"to\":%q,\r\n\"type\" :\"signal\"} ", b.name) // members in any order, between white space
	b.data(`{ "a" :1 }`)
	a.send(`{"type":"signal","to":%q}`, b.name)
	if f := b.of("signal"); f.has("data") && string(f.f["data"]) != "null" {
		t.Errorf("data out of nothing: %s", f.raw)
	}
}

// data nests up to 64 deep.
func TestDataDepth(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for _, s := range [][2]string{{`[`, `]`}, {`{"a":`, `}`}} {
		deep := func(n int) string {
			inner := ""
			if s[0] != `[` {
				inner = `0`
			}
			return strings.Repeat(s[0], n) + inner + strings.Repeat(s[1], n)
		}
		a.signal(b, "sent", deep(64))
		b.data(deep(64))
		a.fail("bad_frame", `"type":"signal","to":%q,"data":%s`, b.name, deep(65))
		a.fail("bad_frame", `"type":"signal","to":%q,"data":[%s,%s]`, b.name, deep(1), deep(64))
		wide := `[` + strings.TrimSuffix(strings.Repeat(deep(1)+`,`, 500), `,`) + `]`
		a.signal(b, "sent", wide) // brackets side by side are not nesting, nor are those in strings
		b.data(wide)
	}
	text := `"` + strings.Repeat(`[{\"`, 100) + `"`
	a.signal(b, "sent", text)
	b.data(text)
}

// Very deep nesting is a malformed frame or a frame too large, and never more than that.
func TestDataBottomless(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for i, data := range []string{
		strings.Repeat(`[`, 32000) + strings.Repeat(`]`, 32000), strings.Repeat(`{"a":`, 9000) + `0` + strings.Repeat(`}`, 9000),
	} {
		a.fail("bad_frame", `"type":"signal","to":%q,"data":%s`, b.name, data)
		a.send(`{"type":"signal","to":%q,"data":%d,"x-deep":%s}`, b.name, i, data) // elsewhere: refused or ignored
		a.barrier()
	}
	a.send(`{"type":"signal","id":%d,"to":%q,"data":%s`, a.id(), b.name, strings.Repeat(`[`, 60000))
	a.await("error", is("error"))
	big := w.enter("c")
	_ = big.try(fmt.Sprintf(`{"type":"signal","to":%q,"data":%s}`, b.name, strings.Repeat(`[`, 1e6)+strings.Repeat(`]`, 1e6)))
	if code, reason := big.ended(); code != 1009 && code != 0 {
		t.Errorf("closed %d %s", code, reason)
	}
	a.signal(b, "sent", `"still here"`)
	b.await("the last signal", func(f frame) bool { return string(f.f["data"]) == `"still here"` })
}
