package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// bodyOf is a body whose data is text.
func bodyOf(text string) string {
	return body(&broker.Signal{Kind: wire.KindMessage, Data: quote(text)}, sampleTime)
}

// listed makes entries as XRANGE lists them: "n id text", an empty text for a refused one. The first is number k.
func listed(k int64, from wire.PeerID, entries ...string) (all []any) {
	for i, e := range entries {
		var o origin
		var text, raw string
		if _, err := fmt.Sscan(e, &o.n, &o.id, &text); err == nil {
			raw = bodyOf(text)
		}
		o.peer = from
		all = append(all, []any{fmt.Sprint("0-", k+int64(i)), []any{o.head(), raw}})
	}
	return all
}

// counts are the seqs of a box's entries.
func counts(b *box) (all []int64) {
	for _, it := range b.items {
		all = append(all, it.seq)
	}
	return all
}

func TestBoxNumbers(t *testing.T) {
	for name, tt := range map[string]struct {
		entries []string
		want    []int64
	}{
		"in order":                         {[]string{"1 1 a", "1 2 b", "1 5 c"}, []int64{1, 2, 3}},
		"twice":                            {[]string{"1 1 a", "1 1 a", "1 2 b", "1 1 a"}, []int64{1, 0, 2, 0}},
		"late":                             {[]string{"1 2 b", "1 1 a", "1 3 c"}, []int64{1, 0, 2}},
		"refused":                          {[]string{"1 2", "1 2 b", "1 1 a", "1 3 c"}, []int64{0, 0, 0, 1}},
		"refused after it was taken":       {[]string{"1 2 b", "1 2", "1 3 c"}, []int64{1, 0, 2}},
		"a later incarnation starts anew":  {[]string{"1 7 a", "2 1 b", "1 8 c", "2 1 b", "2 2 d"}, []int64{1, 2, 0, 0, 3}},
		"without ids":                      {[]string{"1 0 a", "1 0 a", "1 5 b", "1 0 c"}, []int64{1, 2, 3, 4}},
		"without ids, of an earlier other": {[]string{"2 1 a", "1 0 b"}, []int64{1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			for acked := range len(tt.want) { // whatever was acked meanwhile
				var b box
				b.reset(1, 0, nil)
				var got []int64
				for i, e := range tt.entries {
					b.addAll(listed(int64(2+i), "p", e))
					got = append(got, b.items[len(b.items)-1].seq)
					if b.ack(int64(acked)); b.folded() > 0 {
						b.fold(b.folded())
						b.items = append(b.items, item{k: b.top}) // so that there is a last one
					}
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("%q, acked up to %d: numbers %v, want %v", tt.entries, acked, got, tt.want)
				}
			}
		})
	}
}

// TestBoxUnreadable passes over heads that cannot be read, as every pod does.
func TestBoxUnreadable(t *testing.T) {
	var b box
	b.reset(1, 0, nil)
	for i, h := range []string{"1 1 - p", "", "x y - z", "1 2", "1 2 - p"} {
		b.addText(int64(i+2), h, bodyOf("x"))
	}
	if got := counts(&b); !slices.Equal(got, []int64{1, 0, 0, 0, 2}) || b.top != 6 {
		t.Errorf("numbers %v, top %d", got, b.top)
	}
}

// TestBoxWakes takes what comes with a wake where nothing is missing before it.
func TestBoxWakes(t *testing.T) {
	var b box
	b.reset(1, 0, nil)
	offer := func(k int64) { b.offer(k, fmt.Sprintf("1 %d - p", k), bodyOf(fmt.Sprint(k))) }
	buf := make([]broker.Entry, 0, 10)
	reads := func(want int, more int64) {
		t.Helper()
		if list, m := b.read(0, buf); len(list) != want || m != more {
			t.Errorf("%d entries, and from %d on to be read; want %d, %d", len(list), m, want, more)
		}
	}
	reads(0, 0)
	offer(2)
	offer(2)
	reads(1, 0)
	offer(4)
	reads(1, 3)
	offer(3) // might be good, but 4 is to be read all the same
	offer(5)
	if list, more := b.read(0, buf); more == 0 {
		t.Errorf("%d entries, and nothing to be read", len(list))
	}
	b.addAll(listed(3, "p", "1 3 3", "1 4 4", "1 5 5"))
	reads(4, 0)
	offer(6)
	reads(5, 0)
}

// TestBoxBounded keeps no more bodies than boxBytes, and no more marks than maxMarks.
func TestBoxBounded(t *testing.T) {
	var b box
	b.reset(1, 0, nil)
	text := strings.Repeat("x", 10_000)
	for k := range int64(100) {
		b.addAll(listed(2+k, wire.PeerID(fmt.Sprint("p", k)), "1 1 "+text))
	}
	if b.bytes > boxBytes || b.last() != 100 {
		t.Errorf("%d bytes, last %d", b.bytes, b.last())
	}
	for seq, buf := int64(0), make([]broker.Entry, 0, 100); seq < 100; {
		list, more := b.read(seq, buf)
		if seq += int64(len(list)); seq < 100 {
			b.refill(listed(more, wire.PeerID(fmt.Sprint("p", more-2)), "1 1 "+text))
		}
		if b.bytes > boxBytes {
			t.Fatalf("%d bytes after a refill", b.bytes)
		}
	}
	b.ack(100)
	b.fold(b.folded())
	if len(b.items) != 0 || b.bytes != 0 || len(b.marks) != 100 {
		t.Errorf("acked: %d items, %d bytes, %d marks", len(b.items), b.bytes, len(b.marks))
	}
	for k := range int64(5000) {
		b.addAll(listed(102+k, wire.PeerID(fmt.Sprint("q", k)), "1 1 x"))
		b.ack(b.last())
		b.fold(b.folded())
	}
	if len(b.marks) > maxMarks {
		t.Errorf("%d marks", len(b.marks))
	}
}

// TestBoxMerged writes anew what the pod has and what the store has: each once, in order, each with its own body.
func TestBoxMerged(t *testing.T) {
	var b box
	b.reset(1, 0, nil)
	all := listed(2, "p", "1 1 a", "1 0 b", "1 2 c", "1 0 d", "1 3", "1 4 e", "1 0 f", "1 5 g")
	b.addAll(all[:6])
	b.items[1].body, b.items[3].body = "", "" // not kept here
	b.ack(1)
	m := b.merged(all)
	m.renumber(5000)
	var got []string
	list, more := m.read(1, make([]broker.Entry, 0, 10))
	for i, e := range list {
		if e.Seq != int64(2+i) {
			t.Errorf("seq %d in place of %d", e.Seq, 2+i)
		}
		got = append(got, strings.Trim(string(e.Data), `"`))
	}
	if want := strings.Fields("b c d e f g"); more != 0 || !slices.Equal(got, want) {
		t.Errorf("%q, more from %d; want %q", got, more, want)
	}
	if m.last() != 7 || m.lw != 1 || m.lo != 5000 || m.top != 5000+int64(len(m.items)) {
		t.Errorf("last %d, lw %d, lo %d, top %d of %d items", m.last(), m.lw, m.lo, m.top, len(m.items))
	}
	if b.last() != 5 || b.lw != 0 {
		t.Errorf("the box itself has changed: last %d, lw %d", b.last(), b.lw)
	}
}

// TestInboxGone reads an inbox whose entries are gone from the store: it does not ask for ever.
func TestInboxGone(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := startPod(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, broker.Limits{InboxBytes: 4 << 20})
	c := p.attach(t, "c", time.Minute)
	for range 40 {
		c.told("c", strings.Repeat("x", 20_000))
	}
	s.Do(t, "DEL", c.keysOf().inbox(c.N))
	ctx, cancel := context.WithTimeout(t.Context(), promised)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		for seq, buf := int64(0), make([]broker.Entry, 0, 100); ; {
			list, err := p.Inbox(ctx, c.Ref, seq, buf)
			if seq += int64(len(list)); err != nil || len(list) == 0 {
				done <- err
				return
			}
		}
	}()
	select {
	case err := <-done:
		if !errors.Is(err, broker.ErrUnavailable) && !errors.Is(err, broker.ErrFenced) {
			t.Errorf("Inbox: %v", err)
		}
	case <-time.After(promised + noise):
		t.Error("Inbox goes on asking")
		p.stop() // which ends it
		<-done
	}
}
