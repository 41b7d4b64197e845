package redis

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// Times that are promised, and by how much a noisy machine may miss them; each test logs what it took.
const (
	promised = 2 * time.Second
	noise    = 500 * time.Millisecond
	patience = 20 * time.Second // of what has no limit of its own
)

// pod is a broker and what it told its Sink.
type pod struct {
	*Broker
	*sink
}

// startPods starts n pods over one store. They end with the test.
func startPods(t testing.TB, o Options, n int) []*pod {
	t.Helper()
	var all []*pod
	for range n {
		all = append(all, startPod(t, o, broker.Limits{}))
	}
	return all
}

func startPod(t testing.TB, o Options, l broker.Limits) *pod {
	t.Helper()
	p := &pod{newPod(t, o, l), newSink()}
	if err := p.Start(t.Context(), p.sink); err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { p.close(t) })
	return p
}

func (p *pod) close(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// die ends the pod as SIGKILL would: without a word to anybody.
func (p *pod) die() {
	p.stop()
	p.tasks.Wait()
	p.closed.Store(true)
	_ = p.client.Close()
}

// awaitLink waits until the pod knows the store to be up or away, and returns when it noticed.
func (p *pod) awaitLink(t testing.TB, up bool, since time.Time, limit time.Duration) {
	t.Helper()
	timeout := time.NewTimer(time.Until(since.Add(patience)))
	defer timeout.Stop()
	for {
		p.link.mu.Lock()
		changed := p.link.changed
		p.link.mu.Unlock()
		if p.link.up.Load() == up {
			break
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("link up %v: not within %v", up, patience)
		}
	}
	took := time.Since(since)
	t.Logf("link up %v after %v", up, took)
	if took > limit {
		t.Errorf("link up %v only after %v, promised within %v", up, took, limit)
	}
	if err := p.Check(t.Context()); (err == nil) != up {
		t.Errorf("link up %v, Check says %v", up, err)
	}
}

// awaitLinks is awaitLink for all pods.
func awaitLinks(t testing.TB, pods []*pod, up bool, since time.Time, limit time.Duration) {
	t.Helper()
	for _, p := range pods {
		p.awaitLink(t, up, since, limit)
	}
}

// eventually asks until try has no error but broker.ErrUnavailable's, which ends with limit.
func eventually[T any](t testing.TB, limit time.Duration, what string, try func() (T, error)) T {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); ; <-tick.C {
		v, err := try()
		switch {
		case err == nil:
			return v
		case !errors.Is(err, broker.ErrUnavailable) || time.Now().After(end):
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// atOnceDo runs f, which must not wait for anything.
func atOnceDo(t testing.TB, what string, f func()) {
	t.Helper()
	began := time.Now()
	if f(); time.Since(began) > noise {
		t.Errorf("%s took %v, not at once", what, time.Since(began))
	}
}
