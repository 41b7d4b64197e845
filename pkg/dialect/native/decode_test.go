package native

import (
	"errors"
	"strings"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, tt := range []struct {
		name, frame string
		id          int64
		code        wire.Code
	}{
		{"garbage", `hello`, 0, wire.CodeBadFrame},
		{"empty", ``, 0, wire.CodeBadFrame},
		{"array", `[1]`, 0, wire.CodeBadFrame},
		{"two objects", `{"type":"bye"}{}`, 0, wire.CodeBadFrame},
		{"truncated after id", `{"type":"signal","id":7,"to":`, 7, wire.CodeBadFrame},
		{"repeated name", `{"type":"signal","to":"bob","to":"eve","id":7,"data":1}`, 7, wire.CodeBadFrame},
		{"repeated name by escape", `{"type":"signal","to":"bob","t\u006f":"eve","id":7}`, 7, wire.CodeBadFrame},
		{"repeated name in data", `{"type":"signal","id":7,"to":"bob","data":{"a":1,"a":2}}`, 7, wire.CodeBadFrame},
		{"repeated id", `{"type":"signal","id":7,"id":8,"to":"bob"}`, 0, wire.CodeBadFrame},
		{"lone surrogate", `{"type":"signal","id":7,"to":"bob","data":"\ud800"}`, 7, wire.CodeBadFrame},
		{"deep data", `{"type":"signal","id":7,"to":"bob","data":` + deep + `}`, 7, wire.CodeBadFrame},
		{"very deep", `{"type":"signal","id":7,"to":"bob","data":` + strings.Repeat("[", 1e6), 7, wire.CodeBadFrame},
		{"id zero", `{"type":"signal","id":0,"to":"bob"}`, 0, wire.CodeBadFrame},
		{"id negative", `{"type":"signal","id":-1,"to":"bob"}`, 0, wire.CodeBadFrame},
		{"id fraction", `{"type":"signal","id":1.5,"to":"bob"}`, 0, wire.CodeBadFrame},
		{"id too high", `{"type":"signal","id":9007199254740992,"to":"bob"}`, 0, wire.CodeBadFrame},
		{"id string", `{"type":"signal","id":"1","to":"bob"}`, 0, wire.CodeBadFrame},
		{"to number", `{"type":"signal","id":7,"to":1}`, 7, wire.CodeBadFrame},
		{"to bytes", `{"type":"signal","id":7,"to":"b b"}`, 7, wire.CodeBadFrame},
		{"no target", `{"type":"signal","id":7}`, 7, wire.CodeBadFrame},
		{"empty kind", `{"type":"signal","id":7,"to":"b","kind":""}`, 7, wire.CodeBadFrame},
		{"no room", `{"type":"join","id":7}`, 7, wire.CodeBadFrame},
		{"meta array", `{"type":"join","id":7,"room":"r","meta":[]}`, 7, wire.CodeBadFrame},
		{"no type", `{"id":7}`, 7, wire.CodeBadFrame},
		{"type case", `{"Type":"bye","id":7}`, 7, wire.CodeBadFrame},
		{"unknown type", `{"type":"dance","id":7}`, 7, wire.CodeUnknownType},
		{"resume string", `{"type":"hello","resume":"x"}`, 0, wire.CodeBadFrame},
		{"renew without token", `{"type":"renew","id":7}`, 7, wire.CodeBadFrame},
		{"ack negative", `{"type":"ack","seq":-1}`, 0, wire.CodeBadFrame},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m wire.Message
			err := codec{}.Decode([]byte(tt.frame), &m)
			var de *dialect.Error
			if !errors.As(err, &de) {
				t.Fatalf("got %v, %+v", err, m)
			}
			if de.ID != tt.id || de.Code != tt.code || de.Text == "" {
				t.Errorf("got id %d, %s: %s", de.ID, de.Code, de.Text)
			}
		})
	}
}

func TestDecodeReads(t *testing.T) {
	var m wire.Message
	decode := func(s string) *wire.Message {
		t.Helper()
		if err := (codec{}).Decode([]byte(s), &m); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		return &m
	}
	decode(` { "data" : { "a" : [ 1, 2 ] , "b":"\u00e9" } , "x-y":{"deep":[[]]}, "to":"bob","id":4,"type":"sig\u006eal","again":true,"to_n":9} `)
	if m.Type != wire.TypeSignal || m.ID != 4 || m.To != "bob" || !m.Again || m.ToN != 9 || m.Kind != wire.KindMessage ||
		string(m.Data) != `{ "a" : [ 1, 2 ] , "b":"\u00e9" }` {
		t.Errorf("signal: %+v", m)
	}
	decode(`{"type":"hello","resume":{"session":"s","secret":"x","seq":41,"more":1},"meta":null}`)
	if m.Resume == nil || *m.Resume != (wire.Resume{Session: "s", Secret: "x", Seq: 41}) || m.Meta != nil {
		t.Errorf("hello: %+v", m.Resume)
	}
	for _, seq := range []string{`-1`, `1.5`, `"7"`, `null`, `{}`} {
		if decode(`{"type":"hello","resume":{"session":"s","secret":"x","seq":` + seq + `}}`); m.Resume.Seq != wire.BadSeq {
			t.Errorf("seq %s: %d", seq, m.Resume.Seq)
		}
	}
	decode(`{"type":"ping","t":{"a" : 1},"room":7,"meta":[],"peer":{}}`) // fields of other types are unknown ones
	if string(m.T) != `{"a" : 1}` {
		t.Errorf("ping: %s", m.T)
	}
	decode(`{"type":"signal","to":"b","data":` + strings.Repeat("[", 64) + `"]]\"["` + strings.Repeat("]", 64) + `}`)
}

// FuzzDecode holds the decoder to: no panic, an *Error or a message that is well-formed, and data that is the very bytes.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"type":"signal","id":4,"to":"bob","kind":"offer","data":{"sdp":"v=0"}}`, `{"type":"join","id":1,"room":"r1","meta":{}}`,
		`{"type":"ack","seq":17}`, `{"type":"signal","id":7,"to":"b","data":{"a":1,"a":2}}`, `{"type":"bye"}`, `[[[[`, "{\"type\":\"\xff\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var m wire.Message
		if err := (codec{}).Decode(frame, &m); err != nil {
			var de *dialect.Error
			if !errors.As(err, &de) || de.Text == "" || de.ID < 0 || de.ID > wire.MaxID {
				t.Fatalf("%#v", err)
			}
			return
		}
		if m.ID < 0 || m.ID > wire.MaxID || m.Type == wire.TypeSignal && (m.Kind == "" || m.To == "" && m.Room == "") {
			t.Fatalf("%+v", m)
		}
		if m.Data != nil && !strings.Contains(string(frame), string(m.Data)) {
			t.Fatalf("data %q is not in %q", m.Data, frame)
		}
		again := wire.Message{}
		if err := (codec{}).Decode(wire.Append(nil, &m), &again); err != nil {
			t.Fatalf("%q, written again as %q: %v", frame, wire.Append(nil, &m), err)
		}
	})
}

// FuzzHello does the same for hellos, whose resume is an object of its own.
func FuzzHello(f *testing.F) {
	f.Add("alice", `{"session":"s","secret":"x","seq":41}`, `{"a":1}`)
	f.Add("", `{"session":1}`, `[]`)
	f.Add("@b", `{"session":"a","session":"b"}`, `null`)
	f.Fuzz(func(t *testing.T, peer, resume, meta string) {
		frame := []byte(`{"type":"hello","peer":"` + peer + `","resume":` + resume + `,"meta":` + meta + `}`)
		var m wire.Message
		if err := (codec{}).Decode(frame, &m); err != nil {
			return
		}
		if m.Type == wire.TypeHello && m.Resume != nil && (m.Resume.Seq < wire.BadSeq || m.Resume.Seq > wire.MaxID) {
			t.Fatalf("%q: %+v", frame, m.Resume)
		}
		if len(m.Meta) > 0 && m.Type == wire.TypeHello && m.Meta[0] != '{' {
			t.Fatalf("%q: meta %s", frame, m.Meta)
		}
	})
}

func BenchmarkDecodeSignal(b *testing.B) {
	frame := wire.Append(nil, &wire.Message{Type: wire.TypeSignal, ID: 4, To: "bob", Kind: "offer",
		Data: []byte(`{"type":"offer","sdp":"` + strings.Repeat("a=candidate:1 1 UDP 2122 10.0.0.1 4 typ host\\r\\n", 24) + `"}`)})
	var m wire.Message
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if err := (codec{}).Decode(frame, &m); err != nil {
			b.Fatal(err)
		}
	}
}
