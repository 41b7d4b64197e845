package brokertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var everythingTests = []test{
	{name: "nothing is left", run: testLeftovers},
	{name: "nothing is left of a grace that begins again and again", run: testGraceLeftovers},
	{name: "crowd", limits: broker.Limits{InboxSignals: 32, RoomPeers: 12}, run: testCrowd},
	{name: "two who send to each other", run: testCross},
	{name: "close", run: testClose},
}

func testLeftovers(t *testing.T, f *fleet) {
	if n := f.leftovers(); n != 0 {
		t.Fatalf("%d things are in an empty store", n)
	}
	for i, gone := range []func(c *client){
		(*client).end,
		func(c *client) { // in grace, and taken over
			c.detach()
			req := request(c.Peer)
			req.Replace = true
			f.greet(1, req).detach()
		},
		func(c *client) { // the grace ends
			c.detach()
			c.grace = brief
			c.resume(1)
			c.detach()
		},
		func(c *client) { // a claim to what is not kept
			c.seq = wire.MaxID
			f.greet(1, c.resuming()).detach()
		},
	} {
		a, b := f.attach(i, "a"), f.attach(i+1, "b")
		for _, room := range []wire.RoomID{"r", "s"} {
			a.join(room, "")
			b.join(room, "")
			a.call(room, "x")
		}
		for range 4 {
			a.ask("b")
			b.ask("a")
		}
		a.read(4)
		a.ack(2)
		if f.leftovers() == 0 {
			t.Fatal("nothing is counted while there is something")
		}
		gone(a)
		gone(b)
		f.emptied()
	}
}

func testGraceLeftovers(t *testing.T, f *fleet) {
	for i := range 50 {
		c := f.attach(i, "a")
		c.detach()
		c.resume(i + 1)
		c.detach()
		req := request(c.Peer)
		req.Replace = true
		d := f.attachAs(i, req)
		d.detach()
		d.resume(i)
		d.end()
	}
	f.emptied()
}

func testCross(t *testing.T, f *fleet) {
	a, b := f.attach(0, "a"), f.attach(1, "b")
	const n = 200
	done := make(chan error, 2)
	for _, c := range []*client{a, b} {
		to := a.Peer
		if c == a {
			to = b.Peer
		}
		go func() {
			for i := range n {
				ans := newAnswer()
				c.pod.Send(ctx(t), &broker.Signal{From: c.Ref, ID: int64(i + 1), To: to, Data: quote("x")}, ans)
				if o := ans.wait(t); o.Code != "" {
					done <- fmt.Errorf("signal %d: %+v", i, o)
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if got := len(a.read(n)) + len(b.read(n)); got != 2*n {
		t.Errorf("%d signals of %d", got, 2*n)
	}
}

func testClose(t *testing.T, f *fleet) {
	p := f.pod(0)
	for range 2 {
		if err := p.Close(ctx(t)); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if _, err := p.Attach(ctx(t), request("a")); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("Attach: %v, want ErrClosed", err)
	}
}
