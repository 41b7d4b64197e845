package chaos

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

const (
	failoverCrowd = 60
	lagFor        = 1500 * time.Millisecond // in which the replicas hear nothing of their master
	replicas      = 2
)

// TestFailover fails over to a replica that lags: what was acked meanwhile may be lost, within bounds, and all are told.
func TestFailover(t *testing.T) {
	g := redistest.StartSentinel(t, replicas)
	w := failoverWorld(t, g)
	w.mayLose = true
	stop := w.cutSockets()
	w.play(calm)
	w.play(lagging(g, true))
	w.play(oldMaster(g))
	stop()
	w.end()
}

// TestFailoverWait has acks wait for a replica: none is lost, however much the replicas lag.
func TestFailoverWait(t *testing.T) {
	g := redistest.StartSentinel(t, replicas)
	w := failoverWorld(t, g, "--redis-wait=1")
	stop := w.cutSockets()
	w.play(calm)
	w.play(inStep(g))
	w.play(oldMaster(g))
	w.play(lagging(g, false))
	stop()
	w.end()
}

// failoverWorld has three pods that know the Sentinels.
func failoverWorld(t *testing.T, g *redistest.Sentinel, more ...string) *world {
	t.Helper()
	seed := drawn(t)
	t.Logf("seed %d (ALDIS_SEED)", seed)
	args := append([]string{"--broker=redis", "--redis-addresses=" + strings.Join(g.Addrs(), ","),
		"--redis-sentinel-master=" + g.MasterName()}, more...)
	watched := watchSwitches(t, g)
	w := newWorld(t, seed, failoverCrowd, args, args, args)
	w.switches = watched
	return w
}

// lagging kills the master after a time in which it took writes that no replica heard of.
func lagging(g *redistest.Sentinel, lossy bool) phase {
	return phase{name: "failover to a replica that lags", keepSockets: true, cause: func(w *world, o *outcome) error {
		release := w.holdAway(o)
		defer release()
		catchUp, err := lag(w.t, g)
		if err != nil {
			return err
		}
		err = wait(w.t.Context(), lagFor)
		old := g.Master(w.t)
		old.Kill()
		o.lossy, o.lossAt = lossy, time.Now()
		g.AwaitMaster(w.t, old)
		catchUp()
		if !lossy {
			g.AwaitReplicas(w.t, replicas-1) // before that nothing can be acked
		}
		o.ended = time.Now()
		return err
	}}
}

// inStep kills a master whose replicas follow.
func inStep(g *redistest.Sentinel) phase {
	return phase{name: "failover to a replica in step", keepSockets: true, cause: func(w *world, o *outcome) error {
		release := w.holdAway(o)
		defer release()
		g.Failover(w.t)
		g.AwaitReplicas(w.t, replicas-1)
		o.ended = time.Now()
		return nil
	}}
}

// oldMaster starts the master that was killed; the Sentinels make it a replica.
func oldMaster(g *redistest.Sentinel) phase {
	return phase{name: "the old master is back", keepSockets: true, cause: func(w *world, o *outcome) error {
		master := g.Master(w.t)
		for _, s := range g.Servers() {
			if s != master {
				if _, err := s.Try("PING"); err != nil {
					s.Restart(w.t, false)
				}
			}
		}
		g.AwaitReplicas(w.t, replicas)
		o.ended = time.Now()
		return nil
	}}
}

// lag cuts the replicas off, with a password that their master does not want, until catchUp is called.
func lag(t *testing.T, g *redistest.Sentinel) (catchUp func(), err error) {
	master := g.Master(t)
	list := g.Replicas(t)
	set := func(password string) (err error) {
		for _, r := range list {
			if _, bad := r.Try("CONFIG", "SET", "masterauth", password); bad != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", r.Addr(), bad))
			}
		}
		return err
	}
	if err := set("none-such"); err != nil {
		return nil, err
	}
	if _, err := master.Try("CLIENT", "KILL", "TYPE", "replica"); err != nil {
		return nil, err
	}
	return func() {
		if err := set(""); err != nil {
			t.Error(err)
		}
	}, nil
}
