package protocol

import (
	"bytes"
	"strings"
	"testing"
)

// What RFC 6455 forbids is 1002, a binary frame 1003, invalid UTF-8 1007, an oversized one 1009; the session can be resumed.
func TestWebSocketViolations(t *testing.T) {
	t.Parallel()
	g := start(t)
	ping := []byte(`{"type":"ping","t":1}`)
	bare := func(first byte, payload []byte) []byte {
		return append(header(first, 0, uint64(len(payload))), payload...)
	}
	for name, c := range map[string]struct {
		bytes []byte
		codes []int
	}{
		"unmasked":                    {bare(fin|opText, ping), []int{1002}},
		"unmasked ping":               {bare(fin|opPing, nil), []int{1002}},
		"RSV1":                        {masked(fin|0x40|opText, ping), []int{1002}},
		"RSV2":                        {masked(fin|0x20|opText, ping), []int{1002}},
		"RSV3":                        {masked(fin|0x10|opText, ping), []int{1002}},
		"opcode 3":                    {masked(fin|3, ping), []int{1002}},
		"opcode 11":                   {masked(fin|11, nil), []int{1002}},
		"fragmented ping":             {masked(opPing, nil), []int{1002}},
		"ping of 126":                 {masked(fin|opPing, make([]byte, 126)), []int{1002}},
		"continuation of nothing":     {masked(fin|opContinue, ping), []int{1002}},
		"text within text":            {append(masked(opText, []byte(`{"type":`)), masked(fin|opText, ping)...), []int{1002}},
		"close of one byte":           {masked(fin|opClose, []byte{3}), []int{1002}},
		"close 1005":                  {masked(fin|opClose, []byte{0x03, 0xed}), []int{1002}},
		"close 999":                   {masked(fin|opClose, []byte{0x03, 0xe7}), []int{1002}},
		"length of 64 bits, negative": {append(append([]byte{fin | opText, 0xff}, bytes.Repeat([]byte{0xff}, 8)...), 1, 2, 3, 4), []int{1002, 1009}},
		"binary":                      {masked(fin|opBinary, ping), []int{1003}},
		"binary, empty":               {masked(fin|opBinary, nil), []int{1003}},
		"binary in fragments":         {append(masked(opBinary, ping[:3]), masked(fin|opContinue, ping[3:])...), []int{1003}},
		"invalid UTF-8":               {masked(fin|opText, []byte("{\"type\":\"ping\",\"t\":\"\xff\"}")), []int{1007}},
		"overlong UTF-8":              {masked(fin|opText, []byte("{\"type\":\"ping\",\"t\":\"\xc0\xaf\"}")), []int{1007}},
		"a surrogate in UTF-8":        {masked(fin|opText, []byte("{\"type\":\"ping\",\"t\":\"\xed\xa0\x80\"}")), []int{1007}},
		"UTF-8 cut short":             {masked(fin|opText, []byte("{\"type\":\"ping\",\"t\":\"\xe2\x82")), []int{1007}},
		"invalid UTF-8 alone":         {masked(fin|opText, []byte("\xfe")), []int{1007}},
		"oversized":                   {masked(fin|opText, []byte(strings.Repeat(" ", 70000))), []int{1009}},
		"oversized by its header":     {append(header(fin|opText, 0x80, 1<<40), make([]byte, 70000)...), []int{1009}},
		"oversized in fragments": {append(append(masked(opText, bytes.Repeat([]byte{' '}, 40000)), masked(opContinue, bytes.Repeat([]byte{' '}, 20000))...),
			masked(fin|opContinue, bytes.Repeat([]byte{' '}, 20000))...), []int{1009}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := g.world(t)
			r, hello := w.rawPeer("a")
			r.text(`{"type":"ping","t":0}`)
			if _, b := r.read(); !strings.Contains(string(b), "pong") {
				t.Fatalf("%s", b)
			}
			_ = r.bytes(c.bytes)
			r.refused(c.codes...)
			d := w.dial()
			d.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":0}}`, w.id("a"), hello.str("session"), hello.str("secret"))
			if !d.welcome().flag("resumed") {
				t.Errorf("the session ended with its socket: %s", d.hello.raw)
			}
		})
	}
}

// A message may come in any fragments, and its bytes in any pieces.
func TestWebSocketFragments(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	r, _ := w.rawPeer("a")
	text := []byte(`{"type":"ping","t":"é😀"}`)
	for i := 1; i < len(text); i++ { // also within a character
		_ = r.bytes(masked(opText, text[:i]))
		_ = r.bytes(masked(fin|opContinue, text[i:]))
	}
	all := masked(fin|opText, text)
	for i := range all {
		_ = r.bytes(all[i : i+1])
	}
	_ = r.bytes(bytes.Repeat(all, 3))
	for range len(text) - 1 + 1 + 3 {
		if _, b := r.read(); string(b) != `{"type":"pong","t":"é😀"}` {
			t.Fatalf("%s", b)
		}
	}
}

// A client's close is answered by a close (RFC 6455 section 5.5.1).
func TestWebSocketClose(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	for name, payload := range map[string]string{"1000": "\x03\xe8", "1001": "\x03\xe9going", "4321": "\x10\xe1x", "none": ""} {
		r, _ := w.rawPeer("p" + name)
		_ = r.bytes(masked(fin|opClose, []byte(payload)))
		for {
			op, _, err := r.frame()
			if err != nil {
				t.Errorf("%s: %v instead of a close", name, err)
				break
			}
			if op == opClose {
				break
			}
		}
	}
}
