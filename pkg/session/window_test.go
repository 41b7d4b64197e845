package session

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestWindow(t *testing.T) {
	var w window
	ok := func(id int64, again bool) {
		t.Helper()
		if fault := w.admit(id, again); fault != "" {
			t.Fatalf("id %d, again %v: %s", id, again, fault)
		}
	}
	refused := func(id int64, again bool) {
		t.Helper()
		if w.admit(id, again) == "" {
			t.Fatalf("id %d, again %v is admitted", id, again)
		}
	}
	ok(10, false)
	refused(10, false) // not above
	refused(10, true)  // not answered yet
	refused(9, false)
	ok(5, true)                 // an older frame, sent again
	refused(5+wire.Span, false) // too far above 5
	ok(5+wire.Span-1, false)
	w.close(5)
	ok(10+wire.Span-1, false)
	for i := len(w.open); i < wire.Window; i++ {
		ok(w.top-int64(2*wire.Window)-int64(i), true)
	}
	refused(1, true) // full
	for _, id := range append([]int64(nil), w.open...) {
		w.close(id)
	}
	if w.open != nil {
		t.Error("an idle window keeps an array")
	}
	ok(1<<40, true)
	refused(1<<40-1, false) // not above one that was sent again on this socket
	w.close(1 << 40)
	ok(1<<40+1, false)
	w.close(999) // unknown: nothing happens
}
