package brokertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var againTests = []test{
	{name: "one that was taken", run: testAgainTaken},
	{name: "one that never came", run: testAgainNew},
	{name: "one that was overtaken", run: testAgainStale},
	{name: "one that was overtaken by a room signal", run: testAgainStaleRoom},
	{name: "one of another receiver goes on", run: testAgainOther},
	{name: "refused, answer lost, next taken, cut", limits: broker.Limits{InboxSignals: 32}, run: testRefusedLostTakenCut},
	{name: "the receiver has acked and gone", run: testAgainGone},
	{name: "over the old socket and the new one at once", limits: broker.Limits{InboxSignals: 1 << 10}, run: testAgainAtOnce},
	{name: "a full window", run: testAgainWindow},
	{name: "an id that is not above the last", run: testBadID},
	{name: "schedules", limits: broker.Limits{InboxSignals: 64}, run: testSchedules},
}

// again sends a frame of id once more.
func (c *client) again(id int64, s broker.Signal) broker.Outcome {
	c.t.Helper()
	s.ID, s.Again = id, true
	return c.post(s).wait(c.t)
}

func text(to wire.PeerID, s string) broker.Signal {
	return broker.Signal{To: to, Kind: wire.KindMessage, Data: quote(s)}
}

func testAgainTaken(t *testing.T, f *fleet) {
	a, b, c := f.attach(0, "a"), f.attach(1, "b"), f.attach(0, "c")
	for _, m := range []*client{a, b, c} {
		m.join("r", "")
	}
	direct, room := text("b", "direct"), broker.Signal{Room: "r", Data: quote("room")}
	first, second := a.send(direct), a.send(room)
	for i := range 3 { // on the same attachment and on others, before and after acks
		if o := a.again(1, direct); o != first {
			t.Errorf("%d: %+v, at first %+v", i, o, first)
		}
		if o := a.again(2, room); o != second {
			t.Errorf("%d: %+v, at first %+v", i, o, second)
		}
		if i == 0 {
			b.reads("direct", "room")
			c.reads("room")
			b.ack(2)
		}
		a.resume(i)
	}
	b.reads()
	c.reads()
}

func testAgainNew(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	a.told("b", "1")
	a.resume(1)
	for id := int64(2); id < 5; id++ {
		if o := a.again(id, text("b", fmt.Sprint(id))); o.Code != "" {
			t.Errorf("%d: %+v", id, o)
		}
	}
	b.reads("1", "2", "3", "4")
}

func testAgainStale(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	a.id = 1 // 1 was refused before it came to the broker
	a.told("b", "2")
	for range 2 {
		if o := a.again(1, text("b", "1")); o.Code != wire.CodeStale {
			t.Errorf("overtaken: %+v", o)
		}
		a.resume(1)
	}
	b.reads("2")
	b.ack(1)
	if o := a.again(1, text("b", "1")); o.Code != wire.CodeStale {
		t.Errorf("overtaken by what is acked: %+v", o)
	}
	b.reads()
}

func testAgainStaleRoom(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	a.join("r", "")
	b.join("r", "")
	a.id = 1
	if o := a.call("r", "2"); o.Receivers != 1 {
		t.Fatalf("room: %+v", o)
	}
	if o := a.again(1, text("b", "1")); o.Code != wire.CodeStale {
		t.Errorf("direct, overtaken by a room signal: %+v", o)
	}
	a.id = 3
	a.told("b", "4")
	if o := a.again(3, broker.Signal{Room: "r", Data: quote("3")}); o.Code == "" && o.Receivers > 0 {
		t.Errorf("room, overtaken by a direct one: %+v", o)
	}
	b.reads("2", "4")
}

func testAgainOther(t *testing.T, f *fleet) {
	a, b, c := f.attach(0, "a"), f.attach(1, "b"), f.attach(1, "c")
	a.id = 1
	a.told("c", "2")
	if o := a.again(1, text("b", "1")); o.Code != "" {
		t.Errorf("a later one went to another peer: %+v", o)
	}
	b.reads("1")
	c.reads("2")
}

// testRefusedLostTakenCut is the schedule that a mere high-water mark of ids gets wrong: it would answer the first with
// an ack, because a higher one was taken.
func testRefusedLostTakenCut(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	for range 32 {
		a.told("b", "x")
	}
	if o := a.tell("b", "refused"); o.Code != wire.CodeInboxFull {
		t.Fatalf("full: %+v", o)
	}
	b.read(32)
	b.ack(b.seq)
	a.told("b", "next")
	a.resume(1)
	if o := a.again(33, text("b", "refused")); o.Code == "" || o.Code == wire.CodeUnavailable {
		t.Errorf("refused and overtaken, sent again: %+v", o)
	}
	if o := a.again(34, text("b", "next")); o.Code != "" {
		t.Errorf("taken, sent again: %+v", o)
	}
	b.reads("next")
}

func testAgainGone(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	a.told("b", "1")
	b.reads("1")
	b.ack(1)
	b.end()
	b = f.attach(0, "b")
	a.resume(1)
	for range 2 {
		a.again(1, text("b", "1"))
	}
	a.told("b", "2")
	var got []string // the new session may see what an earlier one has seen, but once and in its place
	for !slices.Contains(got, `"2"`) {
		for _, e := range b.read(1) {
			got = append(got, string(e.Data))
		}
	}
	if s := fmt.Sprint(got); s != `["2"]` && s != `["1" "2"]` {
		t.Errorf("the next session reads %s", s)
	}
}

// testAgainWindow sends a window of ids, as far apart as the protocol allows, again: each second one had come.
func testAgainWindow(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	const first, last = 1000, 1000 + 2*(wire.Window-1)
	came := func(id int64) bool { return id%4 == 0 }
	var want []string
	for id := int64(first); id <= last; id += 2 {
		s := text("b", fmt.Sprint(id))
		s.ID = id
		if came(id) {
			a.post(s).wait(t)
			want = append(want, fmt.Sprint(id))
		}
	}
	a.resume(1)
	for id := int64(first); id <= last; id += 2 {
		o := a.again(id, text("b", fmt.Sprint(id)))
		switch {
		case came(id) || id == last:
			if o.Code != "" {
				t.Errorf("%d: %+v", id, o)
			}
		case o.Code != wire.CodeStale:
			t.Errorf("%d, overtaken: %+v", id, o)
		}
	}
	b.reads(append(want, fmt.Sprint(last))...)
}

// testBadID sends under ids that are not new, as no session does: order and once come before any answer.
func testBadID(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	a.id = 9
	a.told("b", "10")
	for _, id := range []int64{10, 9, 1} {
		s := text("b", "bad")
		s.ID = id
		a.post(s).wait(t)
	}
	a.told("b", "11")
	b.reads("10", "11")
}

// testAgainAtOnce has a frame handed over twice at the same time: by the pod that had the session and by the next one.
func testAgainAtOnce(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	var want []string
	for i := range 500 {
		s := text("b", fmt.Sprint(i))
		s.ID = int64(i + 1)
		old, done := *a, make(chan struct{})
		go func() {
			defer close(done)
			old.post(s)
		}()
		a.resumeLosing(i)
		if o := a.again(s.ID, s); o.Code != "" {
			t.Fatalf("%d: %+v", i, o)
		}
		<-done
		want = append(want, fmt.Sprint(i))
	}
	b.reads(want...)
}
