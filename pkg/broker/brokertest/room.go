package brokertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var roomTests = []test{
	{name: "roster", run: testRoster},
	{name: "meta", run: testMeta},
	{name: "stranger", run: testRoomStrangers},
	{name: "full", limits: broker.Limits{RoomPeers: 3}, run: testRoomFull},
	{name: "join and leave at once", run: testJoinLeave},
}

// roster asks for a room and demands these members: "peer meta".
func (c *client) roster(want ...string) broker.Roster {
	c.t.Helper()
	r, err := c.pod.Roster(ctx(c.t), c.Ref, "r")
	c.must("Roster", err)
	var got []string
	for _, m := range r.Members {
		got = append(got, fmt.Sprint(m.Peer, " ", string(m.Meta)))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("roster for %s: %q, want %q", c.Peer, got, want)
	}
	return r
}

func testRoster(t *testing.T, f *fleet) {
	b, a, c := f.attach(0, "b"), f.attach(1, "a"), f.attach(0, "c")
	r := b.join("r", `"B"`)
	if r.V < 1 || len(r.Members) != 1 || r.Members[0].N != b.N {
		t.Errorf("alone: %+v", r)
	}
	v := r.V
	for i, m := range []*client{a, c} {
		r := m.join("r", "")
		if r.V != v+int64(i)+1 || len(r.Members) != i+2 {
			t.Errorf("join after version %d: %+v", v+int64(i), r)
		}
	}
	if r := a.roster("a ", `b "B"`, "c "); r.V != v+2 || r.Members[0].N != a.N || r.Members[2].N != c.N {
		t.Errorf("roster: %+v", r)
	}
	b.detach() // members in grace are members
	if r := c.roster("a ", `b "B"`, "c "); r.V != v+2 {
		t.Errorf("roster: %+v", r)
	}
	b.resume(1)
	b.roster("a ", `b "B"`, "c ")
	c.must("Leave", c.pod.Leave(ctx(t), c.Ref, "r"))
	if r := a.roster("a ", `b "B"`); r.V != v+3 {
		t.Errorf("roster: %+v", r)
	}
	b.end()
	if r := a.roster("a "); r.V != v+4 {
		t.Errorf("roster: %+v", r)
	}
}

func testMeta(t *testing.T, f *fleet) {
	req := request("a")
	req.Meta = []byte(`{"of": "session"}`)
	a, b := f.attachAs(0, req), f.attach(1, "b")
	copy(req.Meta, "overwritten")
	b.join("r", "")
	a.join("r", "")
	b.roster(`a {"of": "session"}`, "b ")
	meta := []byte(` { "of":"room" } `)
	_, err := a.pod.Join(ctx(t), a.Ref, "r", meta)
	a.must("Join", err)
	copy(meta, "overwritten")
	b.roster(`a  { "of":"room" } `, "b ")
	a.join("r", "") // nil keeps it
	b.roster(`a  { "of":"room" } `, "b ")
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r"))
	a.join("r", "") // nothing of it is left
	b.roster(`a {"of": "session"}`, "b ")
	again := a.resuming()
	again.Meta = []byte(`{"of":"resume"}`)
	att, err := f.pod(1).Attach(ctx(t), again)
	a.must("Attach", err)
	a.pod, a.Attachment = f.pod(1), att
	b.roster(`a {"of": "session"}`, "b ")
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r"))
	a.join("r", "")
	b.roster(`a {"of":"resume"}`, "b ")
}

func testRoomStrangers(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	b.join("r", "")
	no := func(when string) {
		t.Helper()
		for _, room := range []broker.RoomAddress{a.at("r"), a.at("nowhere")} {
			if _, err := a.pod.Roster(ctx(t), a.Ref, room.Room); !errors.Is(err, broker.ErrNotAMember) {
				t.Errorf("%s, Roster of %s: %v", when, room.Room, err)
			}
			if err := a.pod.Leave(ctx(t), a.Ref, room.Room); !errors.Is(err, broker.ErrNotAMember) {
				t.Errorf("%s, Leave of %s: %v", when, room.Room, err)
			}
		}
	}
	no("never in")
	a.join("r", "")
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r"))
	no("left")
	a.join("r", "")
	a.end()
	a = f.attach(0, "a")
	no("in as an earlier session")
	b.roster("b ")
}

func testRoomFull(t *testing.T, f *fleet) {
	a, b, c, d := f.attach(0, "a"), f.attach(1, "b"), f.attach(0, "c"), f.attach(1, "d")
	for _, m := range []*client{a, b, c} {
		m.join("r", "")
	}
	full := func() {
		t.Helper()
		if _, err := d.pod.Join(ctx(t), d.Ref, "r", nil); !errors.Is(err, broker.ErrRoomFull) {
			t.Fatalf("Join: %v, want ErrRoomFull", err)
		}
	}
	full()
	a.join("r", `"again"`) // a member may, with other meta too
	c.detach()
	full()
	d.join("s", "")
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r"))
	d.join("r", "")
	if _, err := a.pod.Join(ctx(t), a.Ref, "r", nil); !errors.Is(err, broker.ErrRoomFull) {
		t.Errorf("Join: %v, want ErrRoomFull", err)
	}
	b.end()
	a.join("r", "")
	a.roster("a ", "c ", "d ")
}

// testJoinLeave lets an attachment's Leave run beside the Join of the next one, in a room where much goes on: whichever
// is last, the session, the room and what a resume says of both agree.
func testJoinLeave(t *testing.T, f *fleet) {
	a := f.attach(0, "a")
	stop, busy := make(chan struct{}), sync.WaitGroup{}
	for i := range 30 {
		w := f.attach(i, wire.PeerID(fmt.Sprint("w", i)))
		w.join("r", "")
		if i%10 > 0 {
			continue
		}
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := w.pod.Roster(t.Context(), w.Ref, "r"); err != nil {
					t.Errorf("Roster: %v", err)
					return
				}
			}
		})
	}
	for i := range 300 {
		a.join("r", "")
		old, done := *a, make(chan struct{})
		go func() {
			defer close(done)
			err := old.pod.Leave(t.Context(), old.Ref, "r")
			if err != nil && !errors.Is(err, broker.ErrFenced) {
				t.Errorf("Leave: %v", err)
			}
		}()
		if i%2 == 0 {
			a.resume(i)
		}
		a.join("r", "")
		<-done
		_, err := a.pod.Roster(ctx(t), a.Ref, "r")
		a.resume(i)
		if in := len(a.Rooms) == 1; in != (err == nil) {
			t.Errorf("rooms %q, but Roster says %v", a.Rooms, err)
			break
		}
	}
	close(stop)
	busy.Wait()
}
