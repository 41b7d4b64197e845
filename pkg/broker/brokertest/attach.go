package brokertest

import (
	"errors"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var attachTests = []test{
	{name: "a new session", run: testNewSession},
	{name: "apps are apart", run: testApps},
	{name: "a held address is taken", run: testTaken},
	{name: "replace", run: testReplace},
	{name: "replace in grace", run: testReplaceInGrace},
	{name: "an attachment that is over is refused", run: testFenced},
	{name: "the larger att wins", run: testLargerAtt},
	{name: "the larger n wins", run: testLargerN},
	{name: "check", run: testCheck},
}

func testNewSession(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	if c.Seq != 0 || len(c.Rooms) != 0 || c.WrongSecret || c.N <= 0 || c.Att <= 0 {
		t.Errorf("a new session has n %d, att %d, seq %d, rooms %q, wrong secret %v", c.N, c.Att, c.Seq, c.Rooms, c.WrongSecret)
	}
	if c.Secret == "" || broker.SessionPeer(c.Session) != "alice" {
		t.Errorf("session %q names %q", c.Session, broker.SessionPeer(c.Session))
	}
	c.end()
	d := f.attachAs(1, c.resuming())
	if d.N <= c.N || d.Session == c.Session || d.Secret == c.Secret || d.WrongSecret {
		t.Errorf("after the end: n %d after %d, same session %v, same secret %v, wrong secret %v",
			d.N, c.N, d.Session == c.Session, d.Secret == c.Secret, d.WrongSecret)
	}
}

func testApps(t *testing.T, f *fleet) {
	here := f.attach(0, "alice")
	req := request("alice")
	req.App = "other"
	there := f.attachAs(1, req)
	req.Peer = "bob"
	f.attachAs(0, req)
	if o := here.tell("bob", "x"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("a peer of another app: %+v", o)
	}
	there.told("alice", "own")
	here.reads()
	there.reads("own")
	if r := here.join("r", ""); len(r.Members) != 1 {
		t.Errorf("room: %+v", r)
	}
	if r := there.join("r", ""); len(r.Members) != 1 {
		t.Errorf("a room of the same name in another app: %+v", r)
	}
}

func testTaken(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	other := broker.NewSessionID("alice")
	for _, when := range []string{"attached", "in grace"} {
		if a := f.refused(1, request("alice")); a.WrongSecret {
			t.Errorf("%s, no claim: wrong secret", when)
		}
		req := c.resuming()
		req.Resume.Session = other
		if a := f.refused(1, req); a.WrongSecret {
			t.Errorf("%s, claim to an unknown session: wrong secret", when)
		}
		if when == "attached" {
			c.ack(0) // the attempts have not disturbed it
			c.detach()
		}
	}
	c.resume(1)
}

func testReplace(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(0, "bob")
	b.told("alice", "for the old one")
	req := request("alice")
	req.Replace = true
	d := f.attachAs(1, req)
	if d.N <= c.N {
		t.Errorf("n %d after %d", d.N, c.N)
	}
	if code := c.pod.lost(t, c.Ref); code != wire.CloseReplaced {
		t.Errorf("lost with %d", code)
	}
	d.reads()
	fenced(t, c)
	f.refused(0, c.resuming()) // that session is gone, and the address is held
	b.told("alice", "for the new one")
	d.reads("for the new one")
}

func testReplaceInGrace(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(0, "bob")
	c.detach()
	b.told("alice", "for the old one")
	req := request("alice")
	req.Replace = true
	d := f.attachAs(1, req)
	if d.N <= c.N {
		t.Errorf("n %d after %d", d.N, c.N)
	}
	d.reads()
	if o := b.send(broker.Signal{To: "alice", ToN: c.N}); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("the replaced incarnation: %+v", o)
	}
}

func testFenced(t *testing.T, f *fleet) {
	c, b := f.attach(0, "alice"), f.attach(1, "bob")
	c.join("r", "")
	old := *c
	c.resume(1)
	if code := old.pod.lost(t, old.Ref); code != wire.CloseResumed {
		t.Errorf("lost with %d", code)
	}
	fenced(t, &old)
	zombie := old.post(broker.Signal{ID: 1, To: "bob", Data: quote("once")})
	if o := c.post(broker.Signal{ID: 1, Again: true, To: "bob", Data: quote("once")}).wait(t); o.Code != "" {
		t.Errorf("sent again: %+v", o)
	}
	b.reads("once")
	if len(zombie) != 0 {
		t.Errorf("a fenced signal is answered: %+v", <-zombie)
	}
	old.detach() // nothing to detach: the session stays where it is
	if o := b.tell("alice", "x"); o.Code != "" || o.Queued {
		t.Errorf("after a late Detach: %+v", o)
	}
	c.reads("x")
	c.end()
	fenced(t, c)
}

// fenced demands that every call of c is refused.
func fenced(t *testing.T, c *client) {
	t.Helper()
	_, inbox := c.pod.Inbox(ctx(t), c.Ref, 0, make([]broker.Entry, 0, 1))
	_, join := c.pod.Join(ctx(t), c.Ref, "r", nil)
	_, roster := c.pod.Roster(ctx(t), c.Ref, "r")
	for name, err := range map[string]error{
		"Confirm": c.pod.Confirm(ctx(t), c.Ref),
		"Inbox":   inbox,
		"Ack":     c.pod.Ack(ctx(t), c.Ref, 0),
		"Join":    join,
		"Roster":  roster,
		"Leave":   c.pod.Leave(ctx(t), c.Ref, "r"),
		"End":     c.pod.End(ctx(t), c.Ref),
	} {
		if !errors.Is(err, broker.ErrFenced) {
			t.Errorf("%s: %v, want ErrFenced", name, err)
		}
	}
	if err := c.pod.Detach(ctx(t), c.Ref); err != nil {
		t.Errorf("Detach: %v", err)
	}
}

func testCheck(t *testing.T, f *fleet) {
	for i, p := range f.pods {
		if err := p.Check(ctx(t)); err != nil {
			t.Errorf("pod %d: %v", i, err)
		}
	}
}
