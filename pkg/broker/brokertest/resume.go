package brokertest

import (
	"slices"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

var resumeTests = []test{
	{name: "from each seq that is kept", run: testResumeSeq},
	{name: "from no other seq", run: testNoResumeSeq},
	{name: "rooms are kept", run: testResumeRooms},
	{name: "signals in between", run: testResumeBetween},
}

func testResumeSeq(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	for _, text := range []string{"1", "2", "3", "4"} {
		b.told("alice", text)
	}
	c.reads("1", "2", "3", "4")
	c.ack(1)
	for i, rest := range [][]string{{"2", "3", "4"}, {"3", "4"}, {"4"}, {}} {
		c.seq = int64(i + 1)
		c.resume(i)
		c.reads(rest...)
		c.detach()
	}
}

func testNoResumeSeq(t *testing.T, f *fleet) {
	b := f.attach(1, "bob")
	for name, seq := range map[string]int64{
		"below the acked one": 1, "zero": 0, "above the last": 4, "the highest": wire.MaxID, "none": wire.BadSeq,
	} {
		for _, attached := range []bool{true, false} {
			c := f.attach(0, "alice")
			for _, text := range []string{"1", "2", "3"} {
				b.told("alice", text)
			}
			c.reads("1", "2", "3")
			c.ack(2)
			if !attached {
				c.detach()
			}
			c.seq = seq
			a, err := f.pod(1).Attach(ctx(t), c.resuming())
			c.must("Attach", err)
			d := &client{t: t, fleet: f, pod: f.pod(1), Attachment: a, grace: c.grace}
			d.confirm()
			code, kept := wire.CloseReplaced, []string(nil)
			if seq >= 0 && seq < 2 { // its own ack over the old socket was quicker; it goes on behind what the store has of that
				code, kept, d.seq = wire.CloseResumed, []string{"1", "2", "3"}[d.Seq:], d.Seq
				if !d.Resumed || d.N != c.N || d.Att <= c.Att || d.Session != c.Session || d.Seq < seq || d.Seq > 2 {
					t.Errorf("%s: resumed %v, n %d of %d, att %d after %d, seq %d", name, d.Resumed, d.N, c.N, d.Att, c.Att, d.Seq)
				}
			} else if d.Resumed || d.N <= c.N || d.Session == c.Session || d.WrongSecret || d.Seq != 0 {
				t.Errorf("%s: n %d after %d, wrong secret %v, seq %d", name, d.N, c.N, d.WrongSecret, d.Seq)
			}
			if attached {
				if got := c.pod.lost(t, c.Ref); got != code {
					t.Errorf("%s: lost with %d", name, got)
				}
			}
			fenced(t, c)
			d.reads(kept...)
			b.told("alice", "first")
			d.reads("first")
			d.end()
		}
	}
}

func testResumeRooms(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	for _, room := range []wire.RoomID{"a", "b", "c"} {
		c.join(room, "")
	}
	c.must("Leave", c.pod.Leave(ctx(t), c.Ref, "b"))
	c.detach()
	c.resume(1)
	if slices.Sort(c.Rooms); !slices.Equal(c.Rooms, []wire.RoomID{"a", "c"}) {
		t.Errorf("rooms %q", c.Rooms)
	}
}

func testResumeBetween(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	b.told("alice", "1")
	c.reads("1")
	c.detach()
	if o := b.tell("alice", "2"); o.Code != "" || !o.Queued {
		t.Errorf("to a session in grace: %+v", o)
	}
	c.resume(1)
	if o := b.tell("alice", "3"); o.Code != "" || o.Queued {
		t.Errorf("to a session that is back: %+v", o)
	}
	c.reads("2", "3")
}
