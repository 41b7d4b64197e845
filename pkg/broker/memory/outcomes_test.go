package memory

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestOutcomes(t *testing.T) {
	var o outcomes
	keep := func(id int64, to wire.PeerID, code wire.Code) {
		o.keep(&broker.Signal{ID: id, To: to}, broker.Outcome{Code: code})
	}
	const unknown wire.Code = "not known"
	check := func(id int64, to wire.PeerID, again bool, want wire.Code) {
		t.Helper()
		got, known := o.check(&broker.Signal{ID: id, To: to, Again: again})
		if !known {
			got.Code = unknown
		}
		if got.Code != want {
			t.Errorf("%d to %q, again %v: %q, want %q", id, to, again, got.Code, want)
		}
	}
	check(0, "a", false, unknown)
	check(5, "a", true, unknown) // never came
	keep(0, "a", "")
	if o.slots != nil {
		t.Error("a signal without an id is remembered")
	}
	keep(1, "a", wire.CodeInboxFull)
	keep(3, "a", "")
	keep(4, "b", wire.CodeNoSuchPeer)
	check(1, "a", true, wire.CodeInboxFull) // refused stays refused, though a later one was taken
	check(3, "a", true, "")
	check(4, "b", true, wire.CodeNoSuchPeer)
	check(2, "a", true, wire.CodeStale)
	check(2, "b", true, unknown)       // nothing later went to b
	check(2, "", true, wire.CodeStale) // a room may hold a
	check(3, "a", false, wire.CodeBadID)
	check(2, "c", false, wire.CodeBadID)
	check(5, "a", false, unknown)
	keep(6, "", "") // a room, with whomever in it
	check(5, "c", true, wire.CodeStale)
	keep(3+wire.Span, "d", "")
	check(3, "a", true, wire.CodeStale) // too old to be known
	check(4, "b", true, wire.CodeNoSuchPeer)
	check(2, "b", true, wire.CodeStale)
	check(wire.MaxID, "a", false, unknown)
	keep(wire.MaxID, "a", "")
	check(wire.MaxID, "a", true, "")
	check(4, "b", true, wire.CodeNoSuchPeer) // as old, but its place was not needed
}

func BenchmarkOutcomes(b *testing.B) {
	var o outcomes
	s := broker.Signal{To: "a"}
	b.ReportAllocs()
	for b.Loop() {
		s.ID++
		s.Again = false
		o.check(&s)
		o.keep(&s, broker.Outcome{})
		s.Again = true
		if _, known := o.check(&s); !known {
			b.Fatal("forgotten")
		}
	}
}
