package protocol

import (
	"testing"
	"time"
)

// Until the first frame after a welcome, its secret and the last confirmed one both resume: the welcome may be lost.
func TestSecretWelcomeLost(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a := w.enter("a")
	for _, newer := range []bool{false, true} {
		b := w.enter(map[bool]string{false: "b", true: "c"}[newer])
		first := b.secret()
		b.cut()
		c := b.resume(first, 0) // its welcome is seen by nobody
		c.cut()
		secret := first
		if newer {
			secret = c.secret()
		}
		d := b.resume(secret, 0)
		d.confirm()
		a.signal(b, "sent", "1")
		d.data("1")
	}
}

// Any number of welcomes may be lost: the confirmed secret stays.
func TestSecretManyWelcomesLost(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	b := w.enter("b")
	seen := map[string]bool{b.secret(): true}
	for range 5 {
		c := b.resume(b.secret(), 0)
		if seen[c.secret()] {
			t.Fatal("a secret came twice")
		}
		seen[c.secret()] = true
		c.cut()
	}
	b.resume(b.secret(), 0).confirm()
}

// The first frame confirms the new secret and ends the old one, whatever frame it is.
func TestSecretConfirmed(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	for name, first := range map[string]func(*client){
		"ack":    (*client).confirm,
		"ping":   (*client).barrier,
		"signal": func(c *client) { c.signal(c, "sent", "1"); c.data("1") },
		"join":   func(c *client) { c.join(w.id("r")) },
	} {
		t.Run(name, func(t *testing.T) {
			a := w.enter(name)
			b := a.resume(a.secret(), 0)
			first(b)
			for range 2 {
				c := w.dial()
				c.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":0}}`, a.name, a.session(), a.secret())
				c.refused(4105, "peer_taken")
			}
			b.barrier() // the session is where it was
			b.cut()
			c := b.resume(b.secret(), 0)
			c.confirm()
		})
	}
}

// A session whose client has sent no frame after its first welcome ends with its socket, not with its grace.
func TestSecretNeverConfirmed(t *testing.T) {
	t.Parallel()
	w := start(t).world(t) // with a grace longer than this test's patience
	watcher := w.enter("w")
	b := w.greet("b")
	b.cut()
	deadline := time.Now().Add(patience)
	for watcher.ask(`"type":"signal","to":%q`, b.name).typ() == "ack" { // until the gateway has seen the end
		if time.Now().After(deadline) {
			t.Fatalf("still there after %v; the grace is %v s", patience, b.hello.float("grace"))
		}
	}
	c := b.again(b.secret(), "0")
	if c.hello.flag("resumed") || c.session() == b.session() || c.n() <= b.n() {
		t.Errorf("%s after %s", c.hello.raw, b.hello.raw)
	}
}
