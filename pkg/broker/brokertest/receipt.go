package brokertest

import (
	"fmt"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var receiptTests = []test{
	{name: "delivered", run: testDelivered},
	{name: "delivered by a resume", run: testDeliveredByResume},
	{name: "dropped", run: testDropped},
	{name: "of a room", run: testRoomReceipts},
	{name: "only where asked", run: testNoReceipt},
}

// ask sends a signal with a receipt and returns its id.
func (c *client) ask(to wire.PeerID) int64 {
	c.t.Helper()
	if o := c.send(broker.Signal{To: to, Receipt: true, Data: quote("x")}); o.Code != "" {
		c.t.Fatalf("signal to %s: %+v", to, o)
	}
	return c.id
}

// receipt waits for the n-th receipt of c and compares it.
func (c *client) receipt(n int, id int64, of *client, status string) {
	c.t.Helper()
	got := c.pod.receiptsFor(c.t, c.Address, n)[n-1]
	want := receipt{c.Address, c.N, broker.Receipt{ID: id, Peer: of.Peer, N: of.N, Status: status}}
	if got != want {
		c.t.Fatalf("receipt %d: %+v, want %+v", n, got, want)
	}
}

func testDelivered(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	first, second := a.ask("b"), a.ask("b")
	b.read(2)
	b.ack(1)
	a.receipt(1, first, b, wire.StatusDelivered)
	b.ack(2)
	b.ack(2)
	a.receipt(2, second, b, wire.StatusDelivered)
	a.resume(1) // receipts follow the sender
	third := a.ask("b")
	b.ack(3)
	a.pod.until(t, "a receipt on the new pod", func() bool {
		for _, r := range a.pod.receipts {
			if r.to == a.Address && r.ID == third && r.Status == wire.StatusDelivered {
				return true
			}
		}
		return false
	})
}

func testDeliveredByResume(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	first, second := a.ask("b"), a.ask("b")
	b.seq = 1
	b.resume(0)
	a.receipt(1, first, b, wire.StatusDelivered)
	b.reads("x")
	b.ack(2)
	a.receipt(2, second, b, wire.StatusDelivered)
}

func testDropped(t *testing.T, f *fleet) {
	a := f.attach(0, "a")
	at := 0
	for name, gone := range map[string]func(b *client){
		"end":  (*client).end,
		"over": (*client).detach,
		"replaced": func(b *client) {
			req := request("b")
			req.Replace = true
			f.attachAs(0, req).end()
		},
	} {
		b := f.lasting(1, "b", brief)
		first, second := a.ask("b"), a.ask("b")
		b.read(2)
		b.ack(1)
		a.receipt(at+1, first, b, wire.StatusDelivered)
		gone(b)
		if a.receipt(at+2, second, b, wire.StatusDropped); t.Failed() {
			t.Logf("session gone by %s", name)
		}
		at += 2
	}
}

func testRoomReceipts(t *testing.T, f *fleet) {
	a := f.attach(0, "a")
	a.join("r", "")
	members := make(map[wire.PeerID]*client)
	for i := range broker.MaxReceipts + 8 {
		m := f.attach(i, wire.PeerID(fmt.Sprint("m", i)))
		m.join("r", "")
		members[m.Peer] = m
	}
	if o := a.send(broker.Signal{Room: "r", Receipt: true, Data: quote("x")}); o.Receivers != len(members) {
		t.Fatalf("room: %+v", o)
	}
	for _, m := range members {
		m.reads("x")
		m.ack(1)
	}
	seen := make(map[wire.PeerID]bool)
	for _, r := range a.pod.receiptsFor(t, a.Address, broker.MaxReceipts) {
		if r.ID != a.id || r.Status != wire.StatusDelivered || r.N != members[r.Peer].N || seen[r.Peer] {
			t.Errorf("receipt %+v", r)
		}
		seen[r.Peer] = true
	}
	last := members["m0"]
	a.ask("m0")
	last.ack(2)
	if n := len(a.pod.receiptsFor(t, a.Address, broker.MaxReceipts+1)); n != broker.MaxReceipts+1 {
		t.Errorf("%d receipts for a room signal", n-1)
	}
}

func testNoReceipt(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	a.told("b", "not asked")
	a.post(broker.Signal{To: "b", Receipt: true, Data: quote("no id")})
	a.send(broker.Signal{To: "nobody", Receipt: true})
	id := a.ask("b")
	b.read(3)
	b.ack(b.seq)
	a.receipt(1, id, b, wire.StatusDelivered)
}
