package brokertest

import (
	"fmt"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var presenceTests = []test{
	{name: "join, update, leave", run: testPresence},
	{name: "no flapping", run: testNoFlapping},
	{name: "takeover", run: testTakeover},
	{name: "end", run: testEndPresence},
	{name: "room by room", run: testPresenceRooms},
	{name: "versions never go back", run: testVersionsGoOn},
}

// watched are the events that a member saw, as text.
type watched struct {
	*client
	v int64
}

// sees waits for these events, and no others, after those seen before: "event peer n meta".
func (w *watched) sees(want ...string) {
	w.t.Helper()
	list := w.pod.events(w.t, w.at("r"), w.v, len(want))
	got := make([]string, len(list))
	for i, p := range list {
		if p.V != w.v+1 {
			w.t.Errorf("version %d after %d", p.V, w.v)
		}
		w.v = p.V
		got[i] = event(p.Event, p.Peer, p.N, string(p.Meta))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Fatalf("presence: %q, want %q", got, want)
	}
}

func event(name string, peer wire.PeerID, n int64, meta string) string {
	return fmt.Sprint(name, " ", peer, " ", n, " ", meta)
}

// watch puts a watcher into room "r".
func (f *fleet) watch(i int) *watched {
	f.t.Helper()
	c := f.attach(i, "watcher")
	return &watched{c, c.join("r", "").V}
}

func testPresence(t *testing.T, f *fleet) {
	w, a := f.watch(0), f.attach(1, "a")
	if r := a.join("r", `{"x":1}`); r.V != w.v+1 {
		t.Errorf("joined at %d after %d", r.V, w.v)
	}
	for range 2 { // once more, with the same meta or none, changes nothing
		a.join("r", `{"x":1}`)
		a.join("r", "")
	}
	if r := a.join("r", `{"x":2}`); r.V != w.v+2 {
		t.Errorf("updated at %d after %d", r.V, w.v)
	}
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r"))
	r := a.join("r", "")
	if r.V != w.v+4 {
		t.Errorf("joined at %d after %d", r.V, w.v)
	}
	w.sees(event("join", "a", a.N, `{"x":1}`), event("update", "a", a.N, `{"x":2}`),
		event("leave", "a", a.N, ""), event("join", "a", a.N, ""))
}

func testNoFlapping(t *testing.T, f *fleet) {
	w, a, marker := f.watch(0), f.attach(1, "a"), f.attach(1, "marker")
	a.join("r", "")
	w.sees(event("join", "a", a.N, ""))
	for i := range 4 {
		if i%2 == 0 {
			a.detach()
		}
		a.resume(i)
		a.join("r", "")
	}
	marker.join("r", "")
	w.sees(event("join", "marker", marker.N, ""))
}

func testTakeover(t *testing.T, f *fleet) {
	w, a := f.watch(0), f.attach(1, "a")
	a.join("r", "")
	req := request("a")
	req.Replace = true
	b := f.attachAs(0, req)
	b.join("r", "")
	w.sees(event("join", "a", a.N, ""), event("leave", "a", a.N, ""), event("join", "a", b.N, ""))
	if r, err := b.pod.Roster(ctx(t), b.Ref, "r"); err != nil || len(r.Members) != 2 || r.Members[0].N != b.N || r.V != w.v {
		t.Errorf("roster %+v, %v", r, err)
	}
}

func testEndPresence(t *testing.T, f *fleet) {
	w := f.watch(0)
	a, b, c := f.attach(1, "a"), f.attach(0, "b"), f.attach(1, "c")
	for _, m := range []*client{a, b, c} {
		m.join("r", "")
		w.sees(event("join", m.Peer, m.N, ""))
	}
	a.end()
	w.sees(event("leave", "a", a.N, ""))
	b.detach()
	b.grace = brief
	b.resume(1)
	b.detach()
	w.sees(event("leave", "b", b.N, ""))
	c.seq = wire.BadSeq
	d := f.attachAs(0, c.resuming())
	w.sees(event("leave", "c", c.N, ""))
	d.join("r", "")
	w.sees(event("join", "c", d.N, ""))
}

func testPresenceRooms(t *testing.T, f *fleet) {
	w, a := f.attach(0, "watcher"), f.attach(1, "a")
	rooms := []wire.RoomID{"r1", "r2", "r3"}
	v := make(map[wire.RoomID]int64)
	for _, room := range rooms {
		v[room] = w.join(room, "").V
		a.join(room, "")
	}
	a.join("elsewhere", "")
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r2"))
	a.end()
	for _, room := range rooms {
		list := w.pod.events(t, w.at(room), v[room], 2)
		if len(list) != 2 || list[0].Event != wire.EventJoin || list[1].Event != wire.EventLeave || list[1].N != a.N {
			t.Errorf("%s: %+v", room, list)
		}
	}
	if o := w.send(broker.Signal{Room: "r1", To: "a"}); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("to a member that ended: %+v", o)
	}
}

// testVersionsGoOn empties a room again and again: an event told late must not pass for one of what the room is now.
func testVersionsGoOn(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	var v int64
	for range 3 {
		for _, c := range []*client{a, b} {
			r := c.join("r", "")
			if r.V <= v {
				t.Errorf("joined at version %d after %d", r.V, v)
			}
			v = r.V
		}
		for _, c := range []*client{a, b} {
			c.must("Leave", c.pod.Leave(ctx(t), c.Ref, "r"))
		}
		v += 2
	}
}
