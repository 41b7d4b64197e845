package brokertest

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var sendTests = []test{
	{name: "an entry", run: testEntry},
	{name: "outcomes", run: testOutcomes},
	{name: "to one incarnation", run: testToN},
	{name: "to oneself", run: testToOneself},
	{name: "without an id", run: testNoID},
}

func testEntry(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	began := time.Now().Add(-time.Second)
	for i, tt := range []struct{ kind, data string }{
		{"offer", "{ \"sdp\" :\t\"v=0\\r\\n\",\n \"z\":1, \"a\":[1.0e1,-0] }"},
		{"candidate", `"é 😀"`},
		{"x.y:z_1-2", ` null `},
		{wire.KindMessage, ""},
	} {
		data := []byte(tt.data)
		if tt.data == "" {
			data = nil
		}
		if o := b.send(broker.Signal{To: "alice", Kind: tt.kind, Data: data}); o.Code != "" {
			t.Fatalf("%s: %+v", tt.kind, o)
		}
		list := c.read(1)
		if len(list) != 1 {
			t.Fatalf("%d entries", len(list))
		}
		e := list[0]
		if e.Seq != int64(i+1) || e.From != "bob" || e.N != b.N || e.Room != "" || e.Kind != tt.kind || string(e.Data) != tt.data {
			t.Errorf("sent %s %q, got %+v %q", tt.kind, tt.data, e, e.Data)
		}
		if e.Taken.Before(began) || e.Taken.After(time.Now().Add(time.Second)) {
			t.Errorf("taken at %v", e.Taken)
		}
	}
}

func testOutcomes(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	if o := b.tell("alice", "1"); o != (broker.Outcome{}) {
		t.Errorf("attached: %+v", o)
	}
	c.detach()
	if o := b.tell("alice", "2"); o != (broker.Outcome{Queued: true}) {
		t.Errorf("in grace: %+v", o)
	}
	if o := b.tell("nobody", "3"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("never there: %+v", o)
	}
	c.resume(0)
	c.reads("1", "2")
	c.end()
	if o := b.tell("alice", "4"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("ended: %+v", o)
	}
}

func testToN(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	send := func(n int64, text string) wire.Code {
		return b.send(broker.Signal{To: "alice", ToN: n, Data: quote(text)}).Code
	}
	if code := send(c.N, "right"); code != "" {
		t.Errorf("the right incarnation: %s", code)
	}
	if code := send(c.N+1, "later"); code != wire.CodeNoSuchPeer {
		t.Errorf("a later incarnation: %q", code)
	}
	c.resume(1)
	if code := send(c.N, "resumed"); code != "" {
		t.Errorf("after a resume: %s", code)
	}
	c.reads("right", "resumed")
	c.end()
	d := f.attach(0, "alice")
	if code := send(c.N, "old"); code != wire.CodeNoSuchPeer {
		t.Errorf("an earlier incarnation: %q", code)
	}
	if code := send(d.N, "new"); code != "" {
		t.Errorf("the new incarnation: %s", code)
	}
	d.reads("new")
}

func testToOneself(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	c.told("alice", "1")
	c.resume(1)
	c.told("alice", "2")
	c.reads("1", "2")
}

func testNoID(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	for range 3 { // each is a signal of its own
		if o := b.post(broker.Signal{To: "alice", Data: quote("same")}).wait(t); o.Code != "" {
			t.Errorf("%+v", o)
		}
	}
	b.told("alice", "marker")
	c.reads("same", "same", "same", "marker")
	for range 2 {
		if o := b.post(broker.Signal{To: "nobody", Data: quote("x")}).wait(t); o.Code != wire.CodeNoSuchPeer {
			t.Errorf("%+v", o)
		}
	}
	b.told("alice", "marker")
	c.reads("marker")
}
