package brokertest

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var roomSignalTests = []test{
	{name: "to all but the sender", run: testRoomSignal},
	{name: "to one member", run: testRoomTo},
	{name: "of a stranger", run: testRoomStranger},
	{name: "where inboxes are full", limits: broker.Limits{InboxSignals: 32}, run: testRoomFullInboxes},
}

// call sends text to a room.
func (c *client) call(room wire.RoomID, text string) broker.Outcome {
	c.t.Helper()
	return c.send(broker.Signal{Room: room, Kind: "chat", Data: quote(text)})
}

func testRoomSignal(t *testing.T, f *fleet) {
	a, b, c, d := f.attach(0, "a"), f.attach(1, "b"), f.attach(2, "c"), f.attach(0, "d")
	a.join("r", "")
	if o := a.call("r", "alone"); o != (broker.Outcome{}) {
		t.Errorf("alone: %+v", o)
	}
	for _, m := range []*client{b, c} {
		m.join("r", "")
	}
	d.join("s", "")
	if o := a.call("r", "1"); o != (broker.Outcome{Receivers: 2}) {
		t.Errorf("two others: %+v", o)
	}
	c.detach()
	if o := a.call("r", "2"); o != (broker.Outcome{Receivers: 2}) {
		t.Errorf("two others, one away: %+v", o)
	}
	list := b.read(2)
	if len(list) != 2 || list[0].Room != "r" || list[0].From != "a" || list[0].N != a.N || list[0].Kind != "chat" {
		t.Errorf("entries: %+v", list)
	}
	b.told("a", "direct")
	b.must("Leave", b.pod.Leave(ctx(t), b.Ref, "r"))
	if o := a.call("r", "3"); o != (broker.Outcome{Receivers: 1}) {
		t.Errorf("one other: %+v", o)
	}
	c.resume(1)
	c.reads("1", "2", "3")
	c.end()
	if o := a.call("r", "4"); o != (broker.Outcome{}) {
		t.Errorf("all gone: %+v", o)
	}
	a.reads("direct")
	b.reads()
	d.reads()
}

func testRoomTo(t *testing.T, f *fleet) {
	a, b, c, d := f.attach(0, "a"), f.attach(1, "b"), f.attach(0, "c"), f.attach(1, "d")
	for _, m := range []*client{a, b, c} {
		m.join("r", "")
	}
	to := func(peer wire.PeerID, n int64) broker.Outcome {
		return a.send(broker.Signal{Room: "r", To: peer, ToN: n, Data: quote("for " + string(peer))})
	}
	if o := to("b", 0); o.Code != "" || o.Queued {
		t.Errorf("a member: %+v", o)
	}
	if o := to("b", b.N); o.Code != "" {
		t.Errorf("that incarnation: %+v", o)
	}
	if o := to("b", b.N+1); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("another incarnation: %+v", o)
	}
	b.detach()
	if o := to("b", 0); o.Code != "" || !o.Queued {
		t.Errorf("a member in grace: %+v", o)
	}
	for _, peer := range []wire.PeerID{"d", "nobody"} {
		if o := to(peer, 0); o.Code != wire.CodeNoSuchPeer {
			t.Errorf("%s, not a member: %+v", peer, o)
		}
	}
	b.resume(0)
	if list := b.read(3); len(list) != 3 || list[0].Room != "r" {
		t.Errorf("entries: %+v", list)
	}
	c.reads()
	d.reads()
}

func testRoomStranger(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	b.join("r", "")
	for _, s := range []broker.Signal{{Room: "r"}, {Room: "r", To: "b"}, {Room: "r", To: "a"}, {Room: "nowhere"}, {Room: "nowhere", To: "b"}} {
		if o := a.send(s); o.Code != wire.CodeNotAMember {
			t.Errorf("to %q of %q: %+v", s.To, s.Room, o)
		}
	}
	a.join("r", "")
	a.must("Leave", a.pod.Leave(ctx(t), a.Ref, "r"))
	if o := a.call("r", "left"); o.Code != wire.CodeNotAMember {
		t.Errorf("after leaving: %+v", o)
	}
	b.reads()
}

func testRoomFullInboxes(t *testing.T, f *fleet) {
	a, b, c := f.attach(0, "a"), f.attach(1, "b"), f.attach(0, "c")
	for _, m := range []*client{a, b, c} {
		m.join("r", "")
	}
	for range 32 {
		a.told("b", "x")
	}
	if o := a.call("r", "1"); o != (broker.Outcome{Receivers: 1, Full: 1}) {
		t.Errorf("one of two is full: %+v", o)
	}
	if o := a.send(broker.Signal{Room: "r", To: "b"}); o.Code != wire.CodeInboxFull {
		t.Errorf("to the full one: %+v", o)
	}
	c.reads("1")
	b.read(32)
	b.ack(b.seq)
	b.reads()
	if o := a.call("r", "2"); o != (broker.Outcome{Receivers: 2}) {
		t.Errorf("room again: %+v", o)
	}
	b.reads("2")
}
