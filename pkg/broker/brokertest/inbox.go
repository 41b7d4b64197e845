package brokertest

import (
	"fmt"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var inboxTests = []test{
	{name: "order and numbers", run: testInboxOrder},
	{name: "the capacity of buf", run: testInboxCapacity},
	{name: "ack forgets", run: testAck},
	{name: "full by count", limits: broker.Limits{InboxSignals: 32}, run: testFullCount},
	{name: "full by bytes", limits: broker.Limits{InboxBytes: 64 << 10}, run: testFullBytes},
	{name: "wake", run: testWake},
}

func testInboxOrder(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	senders := []*client{f.attach(0, "bob"), f.attach(1, "carol")}
	var want []string
	for i := range 50 {
		for _, s := range senders {
			text := fmt.Sprint(s.Peer, i)
			s.told("alice", text)
			want = append(want, text)
		}
	}
	c.reads(want...)
	c.seq = 0
	c.reads(want...) // nothing is acked: all can be read again
	c.seq = 90
	c.reads(want[90:]...)
}

func testInboxCapacity(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	for i := range 10 {
		b.told("alice", fmt.Sprint(i))
	}
	c.read(10)
	buf := make([]broker.Entry, 0, 4)
	for _, tt := range []struct{ after, first, n int64 }{{0, 1, 4}, {4, 5, 4}, {8, 9, 2}, {10, 0, 0}, {99, 0, 0}} {
		got, err := c.pod.Inbox(ctx(t), c.Ref, tt.after, buf)
		c.must("Inbox", err)
		if int64(len(got)) != tt.n || tt.n > 0 && (got[0].Seq != tt.first || &got[0] != &buf[:1][0]) {
			t.Errorf("after %d: %d entries", tt.after, len(got))
		}
	}
	got, err := c.pod.Inbox(ctx(t), c.Ref, 0, append(buf, broker.Entry{Kind: "kept"}))
	c.must("Inbox", err)
	if len(got) != 4 || got[0].Kind != "kept" || got[1].Seq != 1 {
		t.Errorf("appended to one entry: %d", len(got))
	}
}

func testAck(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	for _, text := range []string{"1", "2", "3", "4", "5"} {
		b.told("alice", text)
	}
	c.read(5)
	c.ack(0)
	c.ack(2)
	c.ack(2)
	c.ack(1)
	got, err := c.pod.Inbox(ctx(t), c.Ref, 0, make([]broker.Entry, 0, 9))
	c.must("Inbox", err)
	if len(got) != 3 || got[0].Seq != 3 {
		t.Errorf("after an ack of 2: %d entries", len(got))
	}
	c.ack(5)
	b.told("alice", "6")
	c.seq = 5
	c.reads("6")
	c.ack(6)
	c.detach()
	c.resume(1)
	b.told("alice", "7")
	c.reads("7")
}

func testFullCount(t *testing.T, f *fleet) {
	c, b, other := f.attach(0, "alice"), f.attach(1, "bob"), f.attach(0, "carol")
	var want []string
	for i := range 32 {
		want = append(want, fmt.Sprint(i))
		b.told("alice", want[i])
	}
	for _, s := range []*client{b, other} {
		if o := s.tell("alice", "too many"); o.Code != wire.CodeInboxFull {
			t.Errorf("a full inbox: %+v", o)
		}
	}
	b.told("carol", "another inbox")
	other.reads("another inbox")
	c.reads(want...)
	c.ack(2)
	other.told("alice", "a")
	b.told("alice", "b")
	if o := b.tell("alice", "too many"); o.Code != wire.CodeInboxFull {
		t.Errorf("full once more: %+v", o)
	}
	c.reads("a", "b")
}

func testFullBytes(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	const size = 4 << 10
	data := quote(string(make([]byte, 0, size)))
	for len(data) < size {
		data = append(data[:len(data)-1], `abcdefgh"`...)
	}
	fill := func() (taken int) {
		for {
			switch o := b.send(broker.Signal{To: "alice", Data: data}); {
			case o.Code == wire.CodeInboxFull:
				return taken
			case o.Code != "" || taken > 100:
				t.Fatalf("after %d signals of %d bytes: %+v", taken, size, o)
			}
			taken++
		}
	}
	n := fill()
	if n*size > 64<<10 || n*size < 32<<10 {
		t.Errorf("%d signals of %d bytes fit 64 KiB", n, size)
	}
	if got := len(c.read(n)); got != n {
		t.Errorf("%d signals of %d", got, n)
	}
	c.ack(3)
	if again := fill(); again != 3 {
		t.Errorf("%d fit after an ack of 3", again)
	}
}

func testWake(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	for i := range 3 {
		before := c.pod.wakesOf(c.Address)
		b.told("alice", fmt.Sprint(i))
		c.pod.woken(t, c.Address, before)
	}
	c.resume(1)
	before := c.pod.wakesOf(c.Address)
	b.told("alice", "3")
	c.pod.woken(t, c.Address, before)
	c.reads("0", "1", "2", "3")
}
