package redis

import (
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// samples are a message of each kind.
func samples() []*message {
	addr := broker.Address{App: "app", Peer: "alice"}
	return []*message{
		{kind: kindWake, addr: addr, n: 1795384610812947, k: 300, head: "1795384610812946 7 r bob", body: "\x01body"},
		{kind: kindLost, addr: addr, n: 1795384610812947, att: 2, code: wire.CloseResumed},
		{kind: kindPresence, addr: broker.Address{App: "app"}, room: "room", presence: broker.Presence{
			V: 1795384610812950, Event: wire.EventJoin, Member: broker.Member{Peer: "bob", N: 5, Meta: []byte(`{"name":"Bob"}`)},
		}},
		{kind: kindPresence, addr: broker.Address{App: "app"}, room: "room", presence: broker.Presence{
			V: 1, Event: wire.EventLeave, Member: broker.Member{Peer: "bob", N: 5},
		}},
		{kind: kindReceipt, addr: addr, n: 9, receipt: broker.Receipt{ID: 4, Peer: "bob", N: 5, Status: wire.StatusDelivered}},
		{kind: kindEcho, k: 1 << 40},
		{kind: kindVerify},
		{kind: kindStale, addr: broker.Address{App: "app"}, room: "room"},
	}
}

// entries are a stream's: heads, bodies, and what they say.
func sampleEntries() []broker.Signal {
	from := broker.Ref{Address: broker.Address{App: "app", Peer: "alice"}, N: 1795384610812947, Att: 3}
	return []broker.Signal{
		{From: from, ID: 1, To: "bob", Kind: wire.KindOffer, Data: []byte(`{"sdp":"v=0"}`)},
		{From: from, ID: 1 << 50, Room: "room", Kind: wire.KindMessage, Receipt: true, Data: []byte(`"ü"`)},
		{From: from, To: "bob", Kind: wire.KindCandidate},
	}
}

// sampleTime is when they were taken.
var sampleTime = time.UnixMicro(1795384610812999)

// golden reads a file of named lines of hexadecimal bytes.
func golden(t testing.TB, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		name, digits, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		raw, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatalf("%s: %s: %v", file, name, err)
		}
		all[name] = string(raw)
	}
	return all
}

func read(t *testing.T, raw string) (list []*message, from string, number int64) {
	t.Helper()
	from, number, err := parseBatch(raw, func(m *message) { list = append(list, m) })
	if err != nil {
		t.Fatal(err)
	}
	return list, from, number
}

// TestBatchRecorded reads a batch as a pod of version 1 wrote it: pods of all releases must.
func TestBatchRecorded(t *testing.T) {
	raw := golden(t, "batch.v1")["batch"]
	list, from, number := read(t, raw)
	if want := samples(); from != "pod-1.0123456789abcdef" || number != 1<<33 || !reflect.DeepEqual(list, want) {
		t.Errorf("from %q, number %d", from, number)
		for i := range min(len(list), len(want)) {
			if !reflect.DeepEqual(list[i], want[i]) {
				t.Errorf("message %d: %+v, want %+v", i, list[i], want[i])
			}
		}
	}
	known := make(map[kind]bool)
	for _, m := range samples() {
		known[m.kind] = true
	}
	for k := kindWake; k < kind(len(known))+2; k++ {
		if is, _ := new(message).parse(string(append([]byte{byte(k)}, make([]byte, 32)...))); is != known[k] {
			t.Errorf("kind %d is known: %v; the samples have it: %v", k, is, known[k])
		}
	}
}

// TestBatchWritten compares what is written with what a pod of version 1 wrote: fields may be added behind it alone.
func TestBatchWritten(t *testing.T) {
	r := reader{rest: golden(t, "batch.v1")["batch"]}
	r.byte()
	r.text()
	r.uint()
	for _, m := range samples() {
		if recorded := r.text(); !strings.HasPrefix(string(m.appendTo(nil)), recorded) {
			t.Errorf("kind %d is written otherwise than pods of version 1 read it", m.kind)
		}
	}
}

// TestBatchOfLaterRelease reads messages of kinds that are not known here, and known ones with more behind them.
func TestBatchOfLaterRelease(t *testing.T) {
	raw := appendBatch(nil, "pod", 3)
	for i, m := range samples() {
		raw = appendText(raw, string(m.appendTo(nil))+"and what a later release has to say")
		raw = appendText(raw, string([]byte{byte(100 + i)})+"a kind of a later release")
	}
	list, _, _ := read(t, string(raw))
	if !reflect.DeepEqual(list, samples()) {
		t.Errorf("%d messages, want %d", len(list), len(samples()))
	}
}

// TestBatchUnreadable counts what cannot be read, and has the pod look for itself.
func TestBatchUnreadable(t *testing.T) {
	good := golden(t, "batch.v1")["batch"]
	for what, raw := range map[string]string{
		"another version": "\x02" + good[1:], "cut": good[:len(good)-1], "nothing": "", "a length beyond the end": good + "\xff\x01x",
	} {
		b := newPod(t, Options{}, broker.Limits{})
		b.sink = newSink()
		b.link.batch(raw)
		if n := testutil.ToFloat64(b.metrics.unreadable); n != 1 || !b.link.verify.Load() {
			t.Errorf("%s: counted %v, looks for itself: %v", what, n, b.link.verify.Load())
		}
	}
}

// TestEntriesRecorded reads entries as a pod of version 1 wrote them.
func TestEntriesRecorded(t *testing.T) {
	all := golden(t, "entries.v1")
	for i, s := range sampleEntries() {
		name := string('0' + rune(i))
		o, err := parseHead(all["head"+name])
		if want := (origin{s.From.Peer, s.From.N, s.ID, s.Receipt}); err != nil || o != want {
			t.Errorf("head %d: %+v, %v", i, o, err)
		}
		var e broker.Entry
		err = parseBody(all["body"+name], &e)
		if want := (broker.Entry{Room: s.Room, Kind: s.Kind, Data: s.Data, Taken: sampleTime}); err != nil || !reflect.DeepEqual(e, want) {
			t.Errorf("body %d: %+v, %v", i, e, err)
		}
		if head(&s, s.Receipt) != all["head"+name] || body(&s, sampleTime) != all["body"+name] {
			t.Errorf("entry %d is written otherwise than pods of version 1 read it", i)
		}
	}
}
