package brokertest

import (
	"slices"
	"sync"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// rivals is how many ask for one address at once.
const rivals = 16

// race attaches req from many goroutines over all pods and returns all attachments, the last one first.
func race(t *testing.T, f *fleet, req broker.AttachRequest) []*client {
	t.Helper()
	got := make([]*client, rivals)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			a, err := f.pod(i).Attach(ctx(t), req)
			if err != nil {
				t.Errorf("Attach: %v", err)
				return
			}
			got[i] = &client{t: t, fleet: f, pod: f.pod(i), Attachment: a, grace: req.Grace}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	slices.SortFunc(got, func(a, b *client) int { return int(b.N-a.N)*rivals + int(b.Att-a.Att) })
	return got
}

func testLargerAtt(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	all := race(t, f, c.resuming())
	for i, r := range all {
		if !r.Resumed || r.N != c.N || r.Att <= c.Att {
			t.Errorf("resumed %v, n %d of %d, att %d after %d", r.Resumed, r.N, c.N, r.Att, c.Att)
		}
		if i > 0 && r.Att == all[i-1].Att {
			t.Errorf("att %d twice", r.Att)
		}
	}
	all[0].ack(0)
	all[0].confirm()
	for _, loser := range all[1:] {
		if code := loser.pod.lost(t, loser.Ref); code != wire.CloseResumed {
			t.Errorf("lost with %d", code)
		}
		fenced(t, loser)
	}
	all[0].resume(1)
}

func testLargerN(t *testing.T, f *fleet) {
	c := f.attach(0, "alice")
	req := request("alice")
	req.Replace = true
	all := race(t, f, req)
	for i, r := range all {
		if r.Resumed || r.N <= c.N {
			t.Errorf("resumed %v, n %d after %d", r.Resumed, r.N, c.N)
		}
		if i > 0 && r.N == all[i-1].N {
			t.Errorf("n %d twice", r.N)
		}
	}
	all[0].confirm()
	for _, loser := range append(all[1:], c) {
		if code := loser.pod.lost(t, loser.Ref); code != wire.CloseReplaced {
			t.Errorf("lost with %d", code)
		}
		fenced(t, loser)
	}
	all[0].told("alice", "mine")
	all[0].reads("mine")
	all[0].detach()
	all[0].resume(1)
}
