package protocol

import (
	"fmt"
	"testing"
)

// A seq above what the store knows, negative or no integer is a new session, the old one's end, and never an error.
func TestResumeWithAWrongSeq(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, seq := range []string{"3", "1000000", "9007199254740993", "-1", "1.5", `"1"`, "null", "true", "[1]", "1e400"} {
		t.Run(seq, func(t *testing.T) {
			w := g.world(t)
			a, b := w.enter("a"), w.enter("b")
			room := w.id("r")
			a.join(room)
			b.join(room)
			a.presence("join", b)
			a.signal(b, "sent", "1")
			a.signal(b, "sent", "2")
			b.data("1")
			b.data("2")
			b.ack(1)
			b.cut()
			c := b.again(b.secret(), seq)
			if c.hello.flag("resumed") || c.session() == b.session() || c.n() <= b.n() || c.name != b.name || c.hello.num("seq") != 0 {
				t.Fatalf("%s after %s", c.hello.raw, b.hello.raw)
			}
			a.presence("leave", b)
			c.confirm()
			c.fail("not_a_member", `"type":"roster","room":%q`, room)
			a.signal(c, "sent", "3")
			if f := c.data("3"); f.num("seq") != 1 {
				t.Errorf("%s", f.raw)
			}
		})
	}
}

// A session that nobody knows is a new one.
func TestResumeOfTheUnknown(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	for i, session := range []string{"", "x", "no-such-session", "AAAAAAAAAAAAAAAAAAAAAA", "../../etc", "AAAAAAAAAAAAAAAAAAAAAA." + w.id("p4")} {
		c := w.dial()
		c.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":"x","seq":0}}`, w.id(fmt.Sprint("p", i)), session)
		if f := c.welcome(); f.flag("resumed") || f.str("session") == session || c.name != w.id(fmt.Sprint("p", i)) {
			t.Errorf("%s", f.raw)
		}
	}
}

// A wrong secret is as good as no resume: the session goes on, and its peer is taken.
func TestResumeWithAWrongSecret(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	for _, secret := range []string{"", "x", b.secret() + "x", b.secret()[1:], a.secret()} {
		c := w.dial()
		c.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":0}}`, b.name, b.session(), secret)
		c.refused(4105, "peer_taken")
	}
	a.signal(b, "sent", "1")
	b.data("1")
	b.cut()
	c := b.resume(b.secret(), 0)
	c.data("1")
}

// A session is its peer's: another peer does not get it, and does not end it.
func TestResumeByAnotherPeer(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	c := w.dial()
	c.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":0}}`, w.id("mallory"), b.session(), b.secret())
	if f := c.next(); f.typ() == "welcome" {
		c.w.g.keep(f.str("secret"))
		if f.flag("resumed") || f.str("peer") != w.id("mallory") || f.str("session") == b.session() {
			t.Errorf("%s", f.raw)
		}
	} else if f.typ() != "error" {
		t.Errorf("%s", f.raw)
	}
	a.signal(b, "sent", "1")
	b.data("1")
	b.cut()
	b.resume(b.secret(), 1)
}

// resume may be ill-formed in many ways; none of them resumes, and none is worse than a refusal.
func TestResumeMalformed(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	for i, resume := range []string{`{}`, `[]`, `"x"`, `5`, `{"session":5,"secret":5,"seq":0}`, `{"session":"x"}`, `{"session":null,"secret":null,"seq":null}`} {
		c := w.dial()
		c.send(`{"type":"hello","peer":%q,"resume":%s}`, w.id(fmt.Sprint("p", i)), resume)
		if f := c.next(); f.typ() == "error" {
			if code, _ := c.ended(); code != 4000 {
				t.Errorf("%s: closed %d", resume, code)
			}
		} else if f.typ() != "welcome" || f.flag("resumed") {
			t.Errorf("%s: %s", resume, f.raw)
		}
	}
}
