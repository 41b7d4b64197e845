package redis

import (
	"reflect"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// FuzzBatch reads any bytes as a batch; what was read is written and read again the same.
func FuzzBatch(f *testing.F) {
	raw := golden(f, "batch.v1")["batch"]
	f.Add([]byte(raw))
	f.Add([]byte(raw[:len(raw)/2]))
	f.Add([]byte("\x02" + raw[1:]))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var list []*message
		from, number, err := parseBatch(string(raw), func(m *message) { list = append(list, m) })
		if err != nil {
			return
		}
		again := appendBatch(nil, from, number)
		var scratch []byte
		for _, m := range list {
			again, scratch = appendMessage(again, m, scratch)
		}
		var same []*message
		from2, number2, err := parseBatch(string(again), func(m *message) { same = append(same, m) })
		if err != nil || from2 != from || number2 != number || !reflect.DeepEqual(same, list) {
			t.Errorf("%q is written %q, which is read otherwise: %v", raw, again, err)
		}
	})
}

// FuzzBody reads any bytes as the body of an entry; what was read is written and read again the same.
func FuzzBody(f *testing.F) {
	for name, raw := range golden(f, "entries.v1") {
		if name[0] == 'b' {
			f.Add([]byte(raw))
		}
	}
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e, same broker.Entry
		if parseBody(string(raw), &e) != nil {
			return
		}
		again := body(&broker.Signal{Room: e.Room, Kind: e.Kind, Data: e.Data}, e.Taken)
		if err := parseBody(again, &same); err != nil || !reflect.DeepEqual(same, e) {
			t.Errorf("%q is written %q, which is %+v in place of %+v: %v", raw, again, same, e, err)
		}
	})
}

// FuzzHead reads any text as the head of an entry, and any as a mark.
func FuzzHead(f *testing.F) {
	for name, raw := range golden(f, "entries.v1") {
		if name[0] == 'h' {
			f.Add(raw)
		}
	}
	f.Add("1795384610812947 12 00000000000000ff")
	f.Add("1 -1 - p")
	f.Add("+1 1 - p")
	f.Fuzz(func(t *testing.T, raw string) {
		if o, err := parseHead(raw); err == nil {
			if same, err := parseHead(o.head()); err != nil || same != o {
				t.Errorf("%q is written %q, which is %+v in place of %+v: %v", raw, o.head(), same, o, err)
			}
		}
		if m, ok := parseMark(raw); ok {
			if same, ok := parseMark(m.String()); !ok || same != m {
				t.Errorf("%q is written %q, which is %+v in place of %+v", raw, m, same, m)
			}
		}
		var b box
		b.addText(1, raw, "body") // whatever it is
		if b.top != 1 || len(b.items) != 1 {
			t.Errorf("%q: top %d, %d items", raw, b.top, len(b.items))
		}
	})
}
