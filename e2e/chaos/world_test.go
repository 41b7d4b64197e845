package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

const (
	cutEvery   = 300 * time.Millisecond // on average
	patience   = 15 * time.Second       // for what a pod that was killed has kept and not published: its lease and 2 s, and then some
	afterLoss  = 4 * time.Second        // for what was kept before a loss: it comes soon or never
	setupLimit = 30 * time.Second
)

// world is everything: pods, their balancer, the crowd and the prober, and the seed that draws what happens to them.
type world struct {
	t        *testing.T
	rand     *rand.Rand // of the schedule
	seed     uint64
	pods     []*pod
	balancer *balancer
	crowd    *crowd
	prober   *prober
	all      promises
	outcomes []*outcome

	cutting    sync.WaitGroup
	frozenMore time.Duration
	switches   *switches // nil: no Sentinels
	mayLose    bool      // what a replica does not have
	weather    *weather
}

// newWorld starts a pod for each list of arguments, and a crowd that talks.
func newWorld(t *testing.T, seed uint64, size int, pods ...[]string) *world {
	t.Helper()
	w := &world{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 0)), crowd: newCrowd(size), frozenMore: frozenMore, weather: watchWeather(t)}
	ctx, cancel := context.WithTimeout(t.Context(), setupLimit)
	defer cancel()
	dir := t.ArtifactDir()
	for i, args := range pods {
		args = append([]string{"--drain-window=2s", "--heartbeat=2s"}, args...)
		w.pods = append(w.pods, startPod(t, dir, fmt.Sprintf("aldis-%d", i), args...))
	}
	for _, p := range w.pods {
		if err := p.ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.balancer = startBalancer(t, w.pods)
	t.Cleanup(func() { w.crowd.dismiss(context.Background()) })
	if err := w.crowd.gather(ctx, "ws://"+w.balancer.ln.Addr().String(), seed); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.prober, err = startProber(ctx, w.pods, w.balancer); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.prober.close)
	w.crowd.start(t.Context(), seed)
	return w
}

// cutSockets resets the sockets of peers drawn from the seed until the function returned is called.
func (w *world) cutSockets() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	r := rand.New(rand.NewPCG(w.seed, 2))
	w.cutting.Go(func() {
		timer := time.NewTimer(0)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				timer.Reset(time.Duration(r.Int64N(int64(2 * cutEvery))))
			case <-ctx.Done():
				return
			}
			w.crowd.peers[r.IntN(len(w.crowd.peers))].cut(w.balancer)
		}
	})
	return func() {
		cancel()
		w.cutting.Wait()
	}
}

// cut resets the socket of a peer that has one.
func (p *peer) cut(b *balancer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away.IsZero() && b.cut(p.addr) {
		p.cuts.Add(1)
	}
}

// play lets a phase happen, waits for full service and for every signal of the phase, and takes account; false
// where there was no service in the end.
func (w *world) play(ph phase) (served bool) {
	w.t.Helper()
	o := &outcome{name: ph.name, began: time.Now(), keepSockets: ph.keepSockets}
	downs, cuts := w.crowd.sockets()
	if err := ph.cause(w, o); err != nil {
		w.t.Errorf("%s: %v", ph.name, err)
	}
	if o.ended.IsZero() {
		o.ended = time.Now()
	}
	w.weather.begin()
	after := make(chan error, 1)
	if after <- nil; o.after != nil {
		<-after
		go func() { after <- o.after() }()
	}
	first, err := w.prober.recovery(w.t.Context())
	o.others = w.weather.used()
	if err := <-after; err != nil {
		w.t.Errorf("%s: %v", ph.name, err)
	}
	if first.IsZero() {
		o.failed = err
	} else {
		o.recovered, o.until = first.Sub(o.ended), err
	}
	wait := patience
	if o.lossy {
		wait = afterLoss
		w.awaitGaps(o)
	}
	taken := w.crowd.ledger.settle(w.t.Context(), time.Now(), wait)
	downsNow, cutsNow := w.crowd.sockets()
	o.cuts = cutsNow - cuts
	o.closed = max(0, downsNow-downs-o.cuts)
	o.late = w.weather.worst()
	w.notice(o)
	w.crowd.audit(o, taken, &w.all)
	w.outcomes = append(w.outcomes, o)
	w.t.Logf("%-34s %s", o.name, o.line())
	for _, p := range w.pods {
		if err := p.ready(w.t.Context()); err != nil {
			w.t.Error(err)
			return false
		}
	}
	return o.failed == nil
}

// notice makes a phase lossy in which the Sentinels went over to another master unasked, unless acks wait for replicas.
func (w *world) notice(o *outcome) {
	if w.switches == nil {
		return
	}
	if at := w.switches.unasked(o.ended, time.Second); at.After(o.began) {
		o.hint += "; failed over unasked at " + stamp(at)
		o.unasked = true
		if w.mayLose {
			o.lossy, o.lossAt, o.safe = true, at, at.Add(promptly)
		}
	}
}

// awaitGaps waits until all have been told of a loss, or long enough.
func (w *world) awaitGaps(o *outcome) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(afterLoss)
	for !w.crowd.hasGaps(o.lossAt) {
		select {
		case <-tick.C:
		case <-limit:
			return
		}
	}
}

// sockets are how many of the crowd's have ended, and how many of these the test has cut.
func (c *crowd) sockets() (downs, cuts int64) {
	for _, p := range c.peers {
		p.mu.Lock()
		downs += p.downs
		p.mu.Unlock()
		cuts += p.cuts.Load()
	}
	return downs, cuts
}
