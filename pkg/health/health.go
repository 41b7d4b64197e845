// Package health answers the questions that a cluster asks a process: is it alive, is it ready, and how is it doing.
// Named checks answer /livez and /readyz, a Prometheus registry answers /metrics, on a listener of their own, so that
// probes are answered while the public door is jammed.
package health

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Probe is a question that checks answer. Its value is the label in metrics.
type Probe string

// The probes. A process that is not live is restarted; one that is not ready gets no new connections.
const (
	Live  Probe = "live"
	Ready Probe = "ready"
)

// probes are all there are.
var probes = []Probe{Live, Ready}

const (
	// checkTimeout bounds one run of one check. It is the kubelet's default timeoutSeconds.
	checkTimeout = time.Second
	// freshFor is how long an answer is given again without asking the checks: a storm of probes costs nothing.
	freshFor = 200 * time.Millisecond
)

// Check returns nil where all is well and else what is wrong, in words for operators and without secrets. It should
// return when ctx ends, which is after 1 s.
type Check func(ctx context.Context) error

// Checks are the named checks of a process. New ones may be registered at any time; make it with NewChecks.
type Checks struct {
	ok *prometheus.GaugeVec

	mu      sync.Mutex
	asked   map[Probe][]*check
	answers map[Probe]*answer // the latest of each probe, perhaps still under way
}

// answer is one asking of all checks of a probe. report and at belong to the asker until done is closed, and are
// constant afterwards.
type answer struct {
	done   chan struct{}
	report Report
	at     time.Time
}

// NewChecks returns an empty set, whose probes all succeed. It registers the gauge aldis_health_check_ok in reg; nil
// means no metrics.
func NewChecks(reg prometheus.Registerer) *Checks {
	return &Checks{
		ok:      newGauge(reg),
		asked:   map[Probe][]*check{},
		answers: map[Probe]*answer{},
	}
}

// Register adds a check to a probe, under a name that probes and metrics show. It fails for an unknown probe, an empty
// name and a name that the probe already has. The check first counts as failed in metrics, until it has run.
func (c *Checks) Register(probe Probe, name string, run Check) error {
	return c.register(probe, &check{name: name, run: run})
}

// RegisterOptional adds a check as Register does, with which the probe does not fail: it succeeds all the same and calls
// itself degraded. It is for what a process can do its work without, for a while or in part.
func (c *Checks) RegisterOptional(probe Probe, name string, run Check) error {
	return c.register(probe, &check{name: name, run: run, optional: true})
}

func (c *Checks) register(probe Probe, k *check) error {
	if probe != Live && probe != Ready {
		return fmt.Errorf("health: no probe is called %q", probe)
	}
	if k.name == "" || k.run == nil {
		return errors.New("health: a check needs a name and a function")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.asked[probe] {
		if other.name == k.name {
			return fmt.Errorf("health: probe %s has a check %q already", probe, k.name)
		}
	}
	k.gauge = c.ok.WithLabelValues(k.name, string(probe))
	c.asked[probe] = append(c.asked[probe], k)
	c.answers[probe] = nil // the answer at hand does not know it
	return nil
}

// Ask runs the checks of a probe, all at once and each for at most 1 s, and reports on them. An answer younger than
// 200 ms is given again; callers that come while the checks run share that run. The error is the cause of ctx, where
// it ends before a shared run does; whoever began the run stays to its end, because others wait for it.
func (c *Checks) Ask(ctx context.Context, probe Probe) (Report, error) {
	c.mu.Lock()
	if a := c.answers[probe]; a != nil && !a.stale() {
		c.mu.Unlock()
		select {
		case <-a.done:
			return a.report, nil
		case <-ctx.Done():
			return Report{}, context.Cause(ctx)
		}
	}
	a := &answer{done: make(chan struct{})}
	c.answers[probe] = a
	checks := c.asked[probe]
	c.mu.Unlock()

	a.report = ask(context.WithoutCancel(ctx), probe, checks)
	a.at = time.Now()
	close(a.done)
	return a.report, nil
}

// stale reports whether the answer is complete and no longer fresh.
func (a *answer) stale() bool {
	select {
	case <-a.done:
		return time.Since(a.at) >= freshFor
	default:
		return false
	}
}

// ask runs checks concurrently and collects their results, in the order of registration.
func ask(ctx context.Context, probe Probe, checks []*check) Report {
	results := make([]Result, len(checks))
	var wg sync.WaitGroup
	for i, k := range checks {
		wg.Go(func() { results[i] = Result{Name: k.name, Err: k.once(ctx), Optional: k.optional} })
	}
	wg.Wait()
	return Report{Probe: probe, Results: results}
}
