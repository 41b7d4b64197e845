package redis

import (
	"fmt"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// TestSubscribersKilled has the connections by which pods listen end, again and again, while signals go on: all of them arrive.
func TestSubscribersKilled(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	pods := startPods(t, Options{Addresses: []string{s.Addr()}, Lease: 6 * time.Second}, 2)
	a, b := pods[0].attach(t, "a", time.Minute), pods[1].attach(t, "b", time.Minute)
	b.join()
	a.join()
	pods[1].until(t, patience, "join of a", func() bool { return len(pods[1].presence) > 0 })
	pods[1].anew()
	var want []string
	for round := range 5 {
		killed := time.Now()
		if n := number(s.Do(t, "CLIENT", "KILL", "TYPE", "pubsub")); n != 2 {
			t.Fatalf("%d connections killed", n)
		}
		// By a client of another pod that is not disturbed, so that b's pod hears of it while it does not listen.
		text := fmt.Sprint("meanwhile ", round)
		addRaw(t, s, pods[1], b, &broker.Signal{From: a.Ref, ID: a.id + 1, To: "b", Kind: "k", Data: quote(text)})
		a.id++
		want = append(want, text)
		awaitLinks(t, pods, true, awaitDown(t, pods, killed), time.Second)
		a.told("b", fmt.Sprint("after ", round))
		want = append(want, fmt.Sprint("after ", round))
	}
	b.reads(time.Second, want...)
	for _, p := range pods {
		p.steady(t)
		p.gapless(t)
	}
	end(a)
	pods[1].left(t, promised, a.Ref)
}

// awaitDown waits until all pods have noticed an outage, which may be over already, and returns since.
func awaitDown(t *testing.T, pods []*pod, since time.Time) time.Time {
	t.Helper()
	for _, p := range pods {
		for timeout := time.After(patience); ; {
			p.link.mu.Lock()
			changed, noticed := p.link.changed, p.link.outages > 0 && p.began.Add(p.link.since).After(since)
			p.link.mu.Unlock()
			if noticed {
				break
			}
			select {
			case <-changed:
			case <-timeout:
				t.Fatal("a lost subscription is not noticed")
			}
		}
	}
	return since
}
