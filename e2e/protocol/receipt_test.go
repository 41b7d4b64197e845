package protocol

import (
	"fmt"
	"testing"
)

// A receipt says that the receiver has processed a signal.
func TestReceiptDelivered(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	plain := a.signal(b, "sent", "0")
	asked := a.must("ack", `"type":"signal","to":%q,"data":1,"receipt":true`, b.name)
	b.data("0")
	b.data("1")
	b.ack(2)
	f := a.of("receipt")
	if f.num("id") != asked.num("id") || f.str("peer") != b.name || f.num("n") != b.n() || f.str("status") != "delivered" {
		t.Errorf("%s", f.raw)
	}
	a.barrier()
	a.none("a receipt that nobody asked for", func(f frame) bool { return f.typ() == "receipt" && f.num("id") == plain.num("id") })
	a.none("two receipts for one signal", is("receipt"))
}

// One for each receiver of a room signal; one that ends unread is told as dropped.
func TestReceiptsOfARoom(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b, c := w.enter("a"), w.enter("b"), w.enter("c")
	room := w.id("r")
	for _, x := range []*client{a, b, c} {
		x.join(room)
	}
	ack := a.must("ack", `"type":"signal","room":%q,"data":1,"receipt":true`, room)
	if ack.num("receivers") != 2 {
		t.Errorf("%s", ack.raw)
	}
	b.data("1")
	c.data("1")
	b.ack(1)
	c.send(`{"type":"bye"}`)
	got := map[string]string{}
	for range 2 {
		f := a.of("receipt")
		if f.num("id") != ack.num("id") || f.str("peer") == c.name && f.num("n") != c.n() {
			t.Errorf("%s", f.raw)
		}
		got[f.str("peer")] = f.str("status")
	}
	if got[b.name] != "delivered" || got[c.name] != "dropped" {
		t.Errorf("%v", got)
	}
}

// At most 32 receipts come for a room.
func TestReceiptsAreBounded(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	room, a := w.id("r"), w.enter("a")
	a.join(room)
	var others []*client
	for i := range 40 {
		c := w.enter(fmt.Sprint("b", i))
		c.join(room)
		others = append(others, c)
	}
	ack := a.must("ack", `"type":"signal","room":%q,"data":1,"receipt":true`, room)
	if int(ack.num("receivers")) != len(others) {
		t.Errorf("%s, want %d receivers", ack.raw, len(others))
	}
	for _, c := range others {
		c.data("1")
		c.ack(1)
	}
	a.must("ack", `"type":"signal","to":%q,"data":2,"receipt":true`, others[0].name)
	others[0].ack(2)
	a.await("the receipt of the later signal", func(f frame) bool { return f.typ() == "receipt" && f.num("id") == a.ids })
	if n := len(a.queued(is("receipt"))); n == 0 || n > 32 {
		t.Errorf("%d receipts for a room", n)
	}
}
