package protocol

import (
	"fmt"
	"testing"
)

// Lists of more than 100 peers come in parts, all but the last with more.
func TestRosterParts(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	const others = 130
	room := w.id("crowd")
	for i := range others {
		r, _ := w.rawPeer(fmt.Sprint("m", i)) // never read again: a crowd that costs little
		r.text(`{"type":"join","id":1,"room":%q}`, room)
		if op, b := r.read(); op != opText {
			t.Fatalf("%d %s", op, b)
		}
	}
	a := w.enter("a")
	whole := func(a *client, typ string, first frame, same func(frame) bool) {
		t.Helper()
		names, parts := map[string]bool{}, 0
		for f := first; ; f = a.await("further part", same) {
			parts++
			if f.typ() != typ || f.str("room") != room || f.num("v") != first.num("v") {
				t.Errorf("%.200s after %.200s", f.raw, first.raw)
			}
			for name := range f.peers() {
				if names[name] {
					t.Errorf("%s is listed twice", name)
				}
				names[name] = true
			}
			if !f.flag("more") {
				break
			}
			if len(f.peers()) == 0 {
				t.Error("an empty part that says there is more")
			}
		}
		if len(names) != others || parts < 2 {
			t.Errorf("%s: %d peers in %d parts, want %d", typ, len(names), parts, others)
		}
	}
	id := func(id int64) func(frame) bool {
		return func(f frame) bool { return f.answers() && f.num("id") == id }
	}
	whole(a, "joined", a.join(room), id(a.ids))
	whole(a, "roster", a.must("roster", `"type":"roster","room":%q`, room), id(a.ids))
	a.cut()
	b := a.resume(a.secret(), 0)
	whole(b, "roster", b.next(), func(f frame) bool { return f.typ() == "roster" && !f.has("id") })
}
