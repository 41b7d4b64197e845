package protocol

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// heap is what lives on it, in bytes.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// 50 MB for one who never reads: its senders are told, memory is bounded, and nobody else notices. The test runs alone, for it
// measures the process.
func TestSlowReader(t *testing.T) {
	g := start(t)
	w := g.world(t)
	const size, bound = 60_000, 24 << 20
	a, b, c := w.enter("a"), w.enter("b"), w.enter("c")
	reader, _ := w.rawPeer("reader") // reads no further
	room := w.id("r")
	a.join(room)
	reader.text(`{"type":"join","room":%q}`, room)
	a.of("presence")
	before, most, refused, taken := heap(), uint64(0), 0, 0
	for i := range 50_000_000 / size {
		to := fmt.Sprintf(`"to":%q`, w.id("reader"))
		if i%2 == 1 {
			to = fmt.Sprintf(`"room":%q`, room)
		}
		f := a.ask(`"type":"signal",%s,"data":"%s"`, to, strings.Repeat("x", size))
		switch {
		case f.code() == "inbox_full" || f.num("full") == 1:
			refused++
		case f.typ() == "ack":
			taken++
		case f.code() == "rate_limited":
		default:
			t.Fatalf("%s", f.raw)
		}
		if i%40 == 0 {
			most = max(most, heap())
			b.signal(c, "sent", fmt.Sprint(i))
			c.data(fmt.Sprint(i))
		}
	}
	if refused == 0 {
		t.Errorf("50 MB for one who does not read, and nobody was told: %d taken", taken)
	}
	if grown := int64(most) - int64(before); g.app != nil && grown > bound {
		t.Errorf("the heap grew by %d MiB, from %d MiB", grown>>20, before>>20)
	}
	t.Logf("%d taken, %d refused; heap %d MiB, then %d MiB at most", taken, refused, before>>20, most>>20)
}

// One that asks and never reads the answers is slowed or closed, in bounded memory.
func TestNeverReadsItsAnswers(t *testing.T) {
	g := start(t)
	w := g.world(t)
	a, b := w.enter("a"), w.enter("b")
	r, _ := w.rawPeer("greedy")
	before, most := heap(), uint64(0)
	chunk := []byte{}
	for len(chunk) < 256<<10 {
		chunk = append(chunk, masked(fin|opText, []byte(`{"type":"ping","t":"`+strings.Repeat("x", 4000)+`"}`))...)
	}
	written := 0
	for i := 1; written < 30<<20; i++ {
		_ = r.conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
		if r.bytes(chunk) != nil { // closed, or read no further: either bounds it
			break
		}
		written += len(chunk)
		most = max(most, heap())
		a.signal(b, "sent", "1")
		b.data("1")
		b.send(`{"type":"ack","seq":%d}`, i)
	}
	if grown := int64(most) - int64(before); g.app != nil && grown > 24<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if written >= 30<<20 {
		t.Errorf("%d MiB of answers wait for one who does not read", written>>20)
	}
	a.signal(b, "sent", "2")
}
