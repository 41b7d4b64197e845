package protocol

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
)

// world is one test's corner of a gateway: names that no other test has.
type world struct {
	t   *testing.T
	g   *gateway
	tag string
}

func (g *gateway) world(t *testing.T) *world {
	return &world{t: t, g: g, tag: "t" + strings.ToLower(rand.Text()[:10])}
}

// id returns a peer's or room's name in this world; names keep their order.
func (w *world) id(name string) string { return w.tag + "." + name }

// greet opens a socket, says hello and takes the welcome. More are further members of the hello.
func (w *world) greet(name string, more ...string) *client {
	w.t.Helper()
	return w.as(w.id(name), more...)
}

// as is greet with a whole name.
func (w *world) as(peer string, more ...string) *client {
	w.t.Helper()
	c := w.dial()
	c.send(`{"type":"hello","peer":%q%s}`, peer, members(more))
	c.welcome()
	return c
}

// enter is greet and the client's first frame, which confirms the secret.
func (w *world) enter(name string, more ...string) *client {
	w.t.Helper()
	c := w.greet(name, more...)
	c.confirm()
	return c
}

func members(more []string) string {
	if len(more) == 0 {
		return ""
	}
	return "," + strings.Join(more, ",")
}

// welcome takes the welcome, which is the first frame.
func (c *client) welcome() frame {
	c.t.Helper()
	c.hello = c.next()
	if c.hello.typ() != "welcome" {
		c.t.Fatalf("%s instead of welcome", c.hello.raw)
	}
	c.name = c.hello.str("peer")
	c.w.g.keep(c.hello.str("secret"))
	return c.hello
}

func (c *client) n() int64        { return c.hello.num("n") }
func (c *client) secret() string  { return c.hello.str("secret") }
func (c *client) session() string { return c.hello.str("session") }
func (c *client) id() int64       { c.ids++; return c.ids }

// confirm sends the ack that confirms the secret and waits until it was handled.
func (c *client) confirm() {
	c.t.Helper()
	c.ack(c.hello.num("seq"))
}

// ack sends an ack and waits until it was handled.
func (c *client) ack(seq int64) {
	c.t.Helper()
	c.send(`{"type":"ack","seq":%d}`, seq)
	c.barrier()
}

// barrier waits until the gateway has handled what was sent before.
func (c *client) barrier() {
	c.t.Helper()
	c.send(`{"type":"ping","t":%d}`, 1)
	c.await("pong", func(f frame) bool { return f.typ() == "pong" })
}

// next takes the next frame, whatever it is.
func (c *client) next() frame {
	c.t.Helper()
	return c.await("frame", func(frame) bool { return true })
}

// of takes the next frame of a type.
func (c *client) of(typ string) frame {
	c.t.Helper()
	return c.await(typ, func(f frame) bool { return f.typ() == typ })
}

// answer takes the answer to an id.
func (c *client) answer(id int64) frame {
	c.t.Helper()
	return c.await(fmt.Sprintf("answer to %d", id), func(f frame) bool { return f.answers() && f.num("id") == id })
}

// ask sends a frame with a new id and takes its answer. The members are those beside id.
func (c *client) ask(format string, args ...any) frame {
	c.t.Helper()
	id := c.id()
	c.send(`{"id":%d,%s}`, id, fmt.Sprintf(format, args...))
	return c.answer(id)
}

// must is ask where the answer is of a type.
func (c *client) must(typ, format string, args ...any) frame {
	c.t.Helper()
	f := c.ask(format, args...)
	if f.typ() != typ {
		c.t.Fatalf("%s: %s in answer to %s, want %s", c.name, f.raw, fmt.Sprintf(format, args...), typ)
	}
	return f
}

// fail is ask where the answer is an error with a code; "" is any.
func (c *client) fail(code, format string, args ...any) frame {
	c.t.Helper()
	f := c.must("error", format, args...)
	if code != "" && f.code() != code {
		c.t.Errorf("%s: %s in answer to %s, want %s", c.name, f.raw, fmt.Sprintf(format, args...), code)
	}
	return f
}

func (c *client) join(room string) frame {
	c.t.Helper()
	return c.must("joined", `"type":"join","room":%q`, room)
}

// signal sends one to a peer and wants its ack with a status.
func (c *client) signal(to *client, status, data string) frame {
	c.t.Helper()
	f := c.must("ack", `"type":"signal","to":%q,"data":%s`, to.name, data)
	if f.str("status") != status {
		c.t.Errorf("%s: %s, want %s", c.name, f.raw, status)
	}
	return f
}

// data takes the next signal and wants its data, byte for byte.
func (c *client) data(want string) frame {
	c.t.Helper()
	f := c.of("signal")
	if got := string(f.f["data"]); got != want {
		c.t.Errorf("%s: data %.200q, want %.200q", c.name, got, want)
	}
	return f
}

// presence takes the next presence and wants its event and peer.
func (c *client) presence(event string, who *client) frame {
	c.t.Helper()
	f := c.of("presence")
	if f.str("event") != event || f.str("peer") != who.name || f.num("n") != who.n() {
		c.t.Errorf("%s: %s, want %s of %s, n %d", c.name, f.raw, event, who.name, who.n())
	}
	return f
}

// none wants that nothing that matches has come. The caller has made sure that it would be here.
func (c *client) none(what string, match func(frame) bool) {
	c.t.Helper()
	if got := c.queued(match); len(got) > 0 {
		c.t.Errorf("%s: %s: %s", c.name, what, got[0].raw)
	}
}

// is matches frames of a type.
func is(typ string) func(frame) bool { return func(f frame) bool { return f.typ() == typ } }

// again opens a socket that wants the session back, and takes the welcome. seq is JSON.
func (c *client) again(secret, seq string) *client {
	c.t.Helper()
	d := c.w.dial()
	d.ids, d.name = c.ids, c.name
	var from int64
	fmt.Sscan(seq, &from)
	d.last.from(from)
	d.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":%s}}`, c.name, c.session(), secret, seq)
	d.welcome()
	return d
}

// resume is again where the welcome must say resumed:true; the session must be the same, the secret another.
func (c *client) resume(secret string, seq int64) *client {
	c.t.Helper()
	d := c.again(secret, fmt.Sprint(seq))
	if !d.hello.flag("resumed") || d.session() != c.session() || d.n() != c.n() || d.name != c.name {
		c.t.Fatalf("not the same session: %s after %s", d.hello.raw, c.hello.raw)
	}
	if d.secret() == secret || d.secret() == c.secret() {
		c.t.Fatal("the secret did not change at a welcome")
	}
	return d
}
