package protocol

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

// Nothing that one socket does disturbs another: while many misbehave, each in its way, a pair's signals go on.
func TestIsolation(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	a, b := w.enter("a"), w.enter("b")
	victim := w.enter("v") // who is sent what it does not ask for
	room := w.id("r")
	for _, c := range []*client{a, b} {
		c.join(room)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	running := func() bool {
		select {
		case <-stop:
			return false
		default:
			return true
		}
	}
	again := func(do func(i int) bool) { // until the test has seen enough, or do is at its end
		wg.Go(func() {
			for i := 0; running() && do(i); i++ {
			}
		})
	}
	flood := func(name, first string, frame []byte) { // writes and never reads, up to its end
		r, _ := w.rawPeer(name)
		if first != "" {
			r.text("%s", first)
		}
		chunk := bytes.Repeat(frame, 1+4096/len(frame))
		_ = r.conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
		again(func(int) bool { return r.bytes(chunk) == nil })
	}
	text := func(s string) []byte { return masked(fin|opText, []byte(s)) }
	flood("pings", "", masked(fin|opPing, []byte("x")))
	flood("app-pings", "", text(`{"type":"ping","t":"`+string(bytes.Repeat([]byte("x"), 500))+`"}`))
	flood("acks", "", text(`{"type":"ack","seq":0}`))
	flood("signals", "", text(fmt.Sprintf(`{"type":"signal","to":%q,"data":"x"}`, victim.name)))
	flood("rosters", fmt.Sprintf(`{"type":"join","room":%q}`, room), text(fmt.Sprintf(`{"type":"roster","room":%q}`, room)))
	flood("joins", "", append(text(fmt.Sprintf(`{"type":"join","room":%q}`, w.id("q"))), text(fmt.Sprintf(`{"type":"leave","room":%q}`, w.id("q")))...))
	flood("fragments", "", masked(opContinue, nil))
	again(func(i int) bool { // resets in the midst of everything
		r := w.knock(handshake()[:20+i%120])
		_ = r.conn.SetLinger(0)
		return r.conn.Close() == nil
	})
	again(func(i int) bool {
		r := w.knock(handshake())
		_ = r.bytes(masked(fin|opText, []byte(`{"type":"hello"}`)))
		_ = r.bytes(bytes.Repeat([]byte{byte(i), byte(i >> 3), 0xff}, 50))
		_ = r.conn.SetLinger(0)
		return r.conn.Close() == nil
	})
	began := time.Now()
	var slowest time.Duration
	for i := 0; time.Since(began) < 2*time.Second || i < 50; i++ {
		sent := time.Now()
		a.signal(b, "sent", fmt.Sprint(i))
		b.data(fmt.Sprint(i))
		b.send(`{"type":"ack","seq":%d}`, i+1)
		slowest = max(slowest, time.Since(sent))
	}
	close(stop)
	wg.Wait()
	if slowest > 5*time.Second {
		t.Errorf("a signal took %v", slowest)
	}
	t.Logf("the slowest signal took %v", slowest)
	w.enter("newcomer").signal(a, "sent", "1")
}
