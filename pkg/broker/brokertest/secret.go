package brokertest

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

var secretTests = []test{
	{name: "both are valid until one is confirmed", run: testBothSecrets},
	{name: "one that is shown is confirmed", run: testShownSecret},
	{name: "the first one before any frame", run: testFirstSecret},
	{name: "a session never confirmed ends with detach", run: testUnconfirmed},
	{name: "a wrong one", run: testWrongSecret},
}

// valid reports whether the session of c can be resumed with secret, which attaches it where it can.
func valid(t *testing.T, i int, c *client, secret string) bool {
	t.Helper()
	req := c.resuming()
	req.Resume.Secret = secret
	a, err := c.fleet.pod(i).Attach(ctx(t), req)
	switch {
	case err == nil && a.Resumed:
		c.pod, c.Attachment = c.fleet.pod(i), a
		return true
	case err != broker.ErrTaken || !a.WrongSecret:
		t.Fatalf("Attach: resumed %v, wrong secret %v, %v", a.Resumed, a.WrongSecret, err)
	}
	return false
}

func testBothSecrets(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	first := c.Secret
	c.detach()
	c.resumeLosing(1)
	lost := c.Secret
	if !valid(t, 0, c, first) {
		t.Fatal("the confirmed secret is refused after a lost welcome")
	}
	if lost == c.Secret || valid(t, 1, c, lost) {
		t.Error("the secret of a welcome before the last is valid")
	}
	c.confirm()
	second := c.Secret
	if valid(t, 1, c, first) {
		t.Error("the old secret is valid after another was confirmed")
	}
	if !valid(t, 1, c, second) {
		t.Error("the confirmed secret is refused")
	}
}

func testShownSecret(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	first := c.Secret
	c.resumeLosing(1)
	second := c.Secret
	if !valid(t, 0, c, second) {
		t.Fatal("the secret of the last welcome is refused")
	}
	if valid(t, 1, c, first) {
		t.Error("the old secret is valid after the next one was shown")
	}
	if !valid(t, 1, c, second) {
		t.Error("the secret shown is refused after a lost welcome")
	}
}

func testFirstSecret(t *testing.T, f *fleet) {
	c := f.greet(0, request("alice"))
	old := c.Ref
	if !valid(t, 1, c, c.Secret) {
		t.Fatal("the first secret is refused")
	}
	f.pod(0).lost(t, old)
	c.detach() // the client has shown a frame with the secret in it
	c.resume(0)
}

func testUnconfirmed(t *testing.T, f *fleet) {
	b := f.attach(0, "bob")
	c := f.greet(0, request("alice"))
	c.detach()
	if o := b.tell("alice", "x"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("signal to an ended session: %+v", o)
	}
	fenced(t, c)
	d := f.attachAs(1, c.resuming())
	if d.N <= c.N || d.WrongSecret {
		t.Errorf("n %d after %d, wrong secret %v", d.N, c.N, d.WrongSecret)
	}
	d.detach()
	d.resumeLosing(0)
	d.detach() // not confirmed, but an earlier attachment was
	d.resume(1)
}

func testWrongSecret(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	for _, secret := range []string{"", "wrong", c.Session} {
		if valid(t, 1, c, secret) {
			t.Errorf("%q is valid", secret)
		}
	}
	c.ack(0)
	req := c.resuming()
	req.Resume.Secret, req.Replace = "wrong", true
	d := f.attachAs(1, req)
	if !d.WrongSecret || d.N <= c.N || d.Session == c.Session {
		t.Errorf("replace with a wrong secret: wrong secret %v, n %d after %d, same session %v",
			d.WrongSecret, d.N, c.N, d.Session == c.Session)
	}
	if code := c.pod.lost(t, c.Ref); code != wire.CloseReplaced {
		t.Errorf("lost with %d", code)
	}
}
