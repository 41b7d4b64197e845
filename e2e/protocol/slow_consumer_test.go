package protocol

import (
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// A socket that does not take what the room tells it is closed 4102; its session goes on and misses no signal.
func TestSlowConsumer(t *testing.T) {
	t.Parallel()
	w := own(t, func(o *app.Options) {
		o.Session.QueueFrames, o.Session.QueueBytes, o.Session.WriteTimeout = 64, 64<<10, time.Minute
	}).world(t)
	a, b := w.enter("a"), w.enter("b")
	slow, hello := w.rawPeer("slow") // reads no further for now
	room := w.id("r")
	slow.text(`{"type":"join","room":%q}`, room)
	for a.join(room); a.ask(`"type":"signal","room":%q,"to":%q`, room, w.id("slow")).typ() != "ack"; {
		a.barrier()
	}
	_ = slow.conn.SetReadBuffer(128 << 10)
	for i := range 7000 { // 7 MB: more than the kernel's buffers and the gateway's queue hold
		a.must("joined", `"type":"join","room":%q,"meta":{"i":%d,"pad":"%s"}`, room, i, strings.Repeat("x", 980))
		if i%500 == 0 {
			b.signal(a, "sent", "1") // nobody else notices
			a.data("1")
		}
	}
	a.must("ack", `"type":"signal","to":%q,"data":"kept"`, w.id("slow"))
	slow.refused(4102)
	c := w.dial()
	c.send(`{"type":"hello","peer":%q,"resume":{"session":%q,"secret":%q,"seq":0}}`, w.id("slow"), hello.str("session"), hello.str("secret"))
	if f := c.welcome(); !f.flag("resumed") {
		t.Fatalf("%s", f.raw)
	}
	if f := c.next(); f.typ() != "roster" || len(f.peers()) != 1 {
		t.Errorf("%s", f.raw)
	}
	if f := c.of("signal"); f.num("seq") != 1 {
		t.Errorf("%s", f.raw)
	}
	c.data(`"kept"`)
}
