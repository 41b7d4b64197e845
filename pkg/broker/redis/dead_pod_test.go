package redis

import (
	"fmt"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestDeadPod has a pod end without a word: its sessions go into their grace, and what it kept but did not say is found.
func TestDeadPod(t *testing.T) {
	t.Parallel()
	const lease = 3 * time.Second
	const grace = time.Second
	s := redistest.Start(t)
	pods := startPods(t, Options{Addresses: []string{s.Addr()}, Lease: lease}, 3)
	dead, p1, p2 := pods[0], pods[1], pods[2]
	short, long, quick := dead.attach(t, "short", grace), dead.attach(t, "long", time.Minute), dead.attach(t, "quick", time.Minute)
	b, c := p1.attach(t, "b", time.Minute), p2.attach(t, "c", time.Minute)
	b.join()
	c.join()
	for _, m := range []*client{short, long, quick} {
		m.join()
	}
	for _, p := range []*pod{p1, p2} {
		p.until(t, patience, "joins", func() bool { return len(p.presence) > 0 && p.presence[len(p.presence)-1].Peer == "quick" })
		p.anew()
	}
	b.told("long", "before")
	short.told("b", "said")
	b.reads(patience, "said")

	// Its last act: an entry that it adds and does not live to tell of.
	sig := &broker.Signal{From: short.Ref, ID: 2, To: "b", Kind: wire.KindMessage, Data: quote("kept")}
	died := time.Now()
	dead.die()
	addRaw(t, s, p1, b, sig)

	quick.resume(p1, promised) // its client is soon back, before the pod is known to be dead
	b.told("long", "meanwhile")
	if o := b.tell("short", "x"); o.Code != "" {
		t.Errorf("to one whose pod is dead: %+v", o)
	}
	p1.until(t, lease+2*time.Second-time.Since(died), "wake of b", func() bool { return p1.wakes[b.Address] >= 2 })
	t.Logf("what was kept is told after %v", time.Since(died))
	b.reads(promised, "kept")
	if o := b.tell("long", "queued"); o.Code != "" || !o.Queued {
		t.Errorf("to one in grace: %+v", o)
	}
	long.resume(p2, promised)
	long.reads(promised, "before", "meanwhile", "queued")
	for _, p := range []*pod{p1, p2} {
		p.left(t, grace+promised, short.Ref)
		p.steady(t, "short")
		p.mu.Lock()
		if n := p.hasLeft(short.Ref); n != 1 {
			t.Errorf("left %d times", n)
		}
		p.mu.Unlock()
	}
	t.Logf("and its grace over after %v", time.Since(died))
	for _, m := range []*client{b, c, long, quick} {
		m.sees(promised, "b", "c", "long", "quick")
	}
	if o := b.tell("short", "y"); o.Code != wire.CodeNoSuchPeer {
		t.Errorf("to one whose grace is over: %+v", o)
	}
}

// addRaw writes an entry as a pod of any release of version 1 does, with a client of its own.
func addRaw(t *testing.T, s *redistest.Server, p *pod, to *client, sig *broker.Signal) {
	t.Helper()
	inbox := p.keys.peer(to.Address).inbox(to.N)
	if s.Do(t, "XADD", inbox, "NOMKSTREAM", "0-*", head(sig, false), body(sig, time.Now())) == nil {
		t.Fatalf("%s is not there", inbox)
	}
}

// TestDeadPodEnding has a pod end between the end of a session and its leave of a room: another one makes it leave.
func TestDeadPodEnding(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	pods := startPods(t, Options{Addresses: []string{s.Addr()}}, 2)
	a, b := pods[0].attach(t, "a", time.Minute), pods[1].attach(t, "b", time.Minute)
	b.join()
	a.join()
	pods[1].until(t, patience, "join of a", func() bool { return len(pods[1].presence) > 0 })
	pods[0].die()
	keys := a.keysOf()
	args := []any{"EVAL", endScript.source, 6, keys.session(), keys.inbox(a.N), keys.marks(a.N), keys.attached(pods[0].run), keys.due(), keys.ended(),
		a.N, a.Att, pods[0].run, keys.address}
	if list, ok := s.Do(t, args...).([]any); !ok || fmt.Sprint(list[0]) != "1" {
		t.Fatalf("end: %v", list)
	}
	pods[1].left(t, 10*time.Second, a.Ref)
	b.sees(promised, "b")
}

func (c *client) keysOf() ofPeer { return c.pod.keys.peer(c.Address) }
