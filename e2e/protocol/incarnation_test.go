package protocol

import "testing"

// n grows with each new session of a peer, and stays through resumes.
func TestIncarnations(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	watcher := w.enter("w")
	room := w.id("r")
	watcher.join(room)
	var last int64
	for range 5 {
		a := w.enter("a")
		if a.n() <= last {
			t.Errorf("n %d after %d", a.n(), last)
		}
		last = a.n()
		a.join(room)
		watcher.presence("join", a)
		b := a.resume(a.secret(), 0) // which wants the same n
		b.signal(watcher, "sent", "1")
		if f := watcher.data("1"); f.num("n") != last {
			t.Errorf("%s", f.raw)
		}
		b.send(`{"type":"bye"}`)
		watcher.presence("leave", a)
	}
}

// A session that another of the same peer follows is seen to leave before the other joins, each with its n; what was for the
// first is not for the second.
func TestIncarnationsInARoom(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	watcher, a := w.enter("w"), w.enter("a")
	room := w.id("r")
	watcher.join(room)
	a.join(room)
	watcher.presence("join", a)
	ack := watcher.must("ack", `"type":"signal","to":%q,"data":"old","receipt":true`, a.name)
	b := a.again(a.secret(), "1000") // a seq that cannot be: a new session in place of the old
	if b.hello.flag("resumed") || b.n() <= a.n() {
		t.Fatalf("%s", b.hello.raw)
	}
	b.confirm()
	b.ids = 0
	b.join(room)
	watcher.presence("leave", a)
	watcher.presence("join", b)
	if f := watcher.of("receipt"); f.num("id") != ack.num("id") || f.num("n") != a.n() || f.str("status") != "dropped" {
		t.Errorf("%s", f.raw)
	}
	if code, _ := a.ended(); code < 4000 || code > 4099 {
		t.Errorf("the old socket closed %d", code)
	}
	watcher.signal(b, "sent", `"new"`)
	b.data(`"new"`)
	roster := watcher.must("roster", `"type":"roster","room":%q`, room)
	if e := roster.peers()[b.name]; len(roster.peers()) != 1 || e.num("n") != b.n() {
		t.Errorf("%s", roster.raw)
	}
}
