package protocol

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// Any other frame before the welcome is 4000.
func TestHelloComesFirst(t *testing.T) {
	t.Parallel()
	g := start(t)
	for name, text := range map[string]string{
		"join": `{"type":"join","id":1,"room":"r"}`, "ping": `{"type":"ping","t":1}`, "ack": `{"type":"ack","seq":0}`,
		"bye": `{"type":"bye"}`, "unknown": `{"type":"howdy"}`, "other case": `{"type":"Hello"}`, "no type": `{"peer":"a"}`,
		"no JSON": `hello`, "a list": `[{"type":"hello"}]`, "nothing": ``, "name twice": `{"type":"hello","x":1,"x":1}`,
		"deep": `{"type":"hello","meta":` + strings.Repeat(`[`, 7000) + strings.Repeat(`]`, 7000) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := g.world(t).dial()
			c.send("%s", text)
			c.refused(4000, "bad_hello")
		})
	}
}

// A hello is at most 16 KiB, though other frames may have more.
func TestHelloSize(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	hello := func(size int) string {
		start := fmt.Sprintf(`{"type":"hello","peer":%q,"x-pad":"`, w.id("a"))
		return start + strings.Repeat("x", size-len(start)-2) + `"}`
	}
	c := w.dial()
	c.send("%s", hello(16<<10))
	c.welcome()
	d := w.dial()
	d.send("%s", hello(16<<10+1))
	if code, reason := d.ended(); code != 1009 && code != 4000 {
		t.Errorf("closed %d %s", code, reason)
	}
}

func TestHelloTimeout(t *testing.T) {
	t.Parallel()
	g := start(t, func(o *app.Options) { o.Session.HelloTimeout = 300 * time.Millisecond })
	w := g.world(t)
	silent, began := w.dial(), time.Now()
	chatty := w.raw() // pings are no hello
	for range 3 {
		_ = chatty.bytes(masked(fin|opPing, []byte("x")))
	}
	half := w.raw() // and neither is the start of one
	_ = half.bytes(masked(opText, []byte(`{"type":"hello",`)))
	silent.refused(4104, "hello_timeout")
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("after %v", took)
	}
	chatty.refused(4104)
	half.refused(4104)
}

// A second hello is a malformed frame, and no more than that.
func TestHelloTwice(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.enter("a")
	c.send(`{"type":"hello","peer":%q}`, w.id("b"))
	if f := c.of("error"); f.code() != "bad_frame" {
		t.Errorf("%s", f.raw)
	}
	c.fail("bad_frame", `"type":"hello"`)
	c.join(w.id("r"))
}

// An address that a session holds is not given away, whether its socket is there or in grace.
func TestHelloForAHeldPeer(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a := w.enter("a")
	try := func() {
		t.Helper()
		c := w.dial()
		c.send(`{"type":"hello","peer":%q}`, a.name)
		c.refused(4105, "peer_taken")
	}
	try()
	a.barrier()
	a.cut()
	try()
	a.resume(a.secret(), 0).confirm()
}

// A gateway that keeps as many sessions as it may refuses the next.
func TestHelloOverloaded(t *testing.T) {
	t.Parallel()
	w := own(t, func(o *app.Options) { o.Limits.Sessions = 2 }).world(t)
	a, _ := w.enter("a"), w.enter("b")
	c := w.dial()
	c.send(`{"type":"hello","peer":%q}`, w.id("c"))
	c.refused(4100, "overloaded")
	a.send(`{"type":"bye"}`)
	a.ended()
	w.enter("c")
}
