package memory

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

func TestInboxHoldsWhatIsNotAcked(t *testing.T) {
	var in inbox
	l := broker.Limits{InboxSignals: 4}.WithDefaults()
	put := func() bool { return in.add(&broker.Signal{ID: 7, Data: []byte("1")}, "", true, time.Time{}, &l) }
	for range 4 {
		if !put() {
			t.Fatal("full too early")
		}
	}
	if put() || in.last() != 4 {
		t.Errorf("not full at %d", in.last())
	}
	for _, tt := range []struct {
		ack  int64
		gone int
	}{{-1, 0}, {0, 0}, {1, 1}, {1, 0}, {3, 2}, {99, 1}, {99, 0}} {
		if gone := in.ack(tt.ack); len(gone) != tt.gone {
			t.Errorf("ack of %d: %d gone, want %d", tt.ack, len(gone), tt.gone)
		}
		if want := len(in.entries) * (entryOverhead + 1); in.bytes != want {
			t.Errorf("ack of %d: %d bytes, want %d", tt.ack, in.bytes, want)
		}
	}
	if in.acked != 4 || in.entries != nil || !in.holds(3) || !in.holds(4) || in.holds(-1) || in.holds(5) {
		t.Errorf("acked %d", in.acked)
	}
	put()
	if e := in.after(0, make([]broker.Entry, 0, 3)); len(e) != 1 || e[0].Seq != 5 {
		t.Errorf("entries %+v", e)
	}
	if gone := in.drop(); len(gone) != 1 || gone[0].receiptID != 7 || in.bytes != 0 {
		t.Errorf("dropped %+v", gone)
	}
}

// TestInboxTakesOneOfAnySize: a signal larger than the whole inbox is still one signal.
func TestInboxTakesOneOfAnySize(t *testing.T) {
	var in inbox
	l := broker.Limits{InboxBytes: 1000}.WithDefaults()
	large := broker.Signal{Data: make([]byte, 5000)}
	if !in.add(&large, "", false, time.Time{}, &l) || in.add(&broker.Signal{}, "", false, time.Time{}, &l) {
		t.Error("one large signal and no more")
	}
	in.ack(1)
	for range 3 {
		if !in.add(&broker.Signal{}, "", false, time.Time{}, &l) {
			t.Error("room was not given back")
		}
	}
	if in.add(&large, "", false, time.Time{}, &l) {
		t.Error("a large signal beside others")
	}
}

func BenchmarkInboxAck16(b *testing.B) {
	l := broker.Limits{}.WithDefaults()
	var in inbox
	s := broker.Signal{Data: make([]byte, 1200)}
	for range 100 { // a client that lags by 100
		in.add(&s, "", false, time.Time{}, &l)
	}
	b.ReportAllocs()
	for b.Loop() {
		for range 16 {
			in.add(&s, "", false, time.Time{}, &l)
		}
		in.ack(in.acked + 16)
	}
}
