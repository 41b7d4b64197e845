package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// Lengths of causes.
const (
	calmFor    = 2 * time.Second
	frozenFor  = 7 * time.Second // more than a lease, which is 6 s
	frozenMore = 2 * time.Second // on top, at most
	frozenLong = 9 * time.Second // likewise after the first deal: others have begun the grace of its sessions by then
	storeAway  = 10 * time.Second
	awayBefore = 700 * time.Millisecond // that some peers are away before their store is lost
)

// phase is one cause. It returns when the cause has ended, and enters when that was.
type phase struct {
	name        string
	cause       func(w *world, o *outcome) error
	keepSockets bool
	lasts       time.Duration // roughly, until there is full service
}

// calm is nothing at all, but for the sockets that are cut throughout.
var calm = phase{name: "calm", cause: func(w *world, _ *outcome) error { return wait(w.t.Context(), calmFor) }}

// killPod kills a pod and starts it again under its name, within its old lease.
var killPod = phase{name: "pod killed and restarted", lasts: 2 * time.Second, cause: func(w *world, o *outcome) error {
	i := w.loaded()
	pause := upTo(w.rand, 300*time.Millisecond)
	o.hint = w.pods[i].name
	w.pods[i].kill()
	if err := wait(w.t.Context(), pause); err != nil {
		return err
	}
	o.ended = time.Now()
	return w.pods[i].start()
}}

// termPod stops a pod as a rollout does.
var termPod = phase{name: "pod stopped and restarted", lasts: 4 * time.Second, cause: func(w *world, o *outcome) error {
	i := w.loaded()
	o.hint = w.pods[i].name
	if err := w.pods[i].term(); err != nil {
		return err
	}
	o.ended = time.Now()
	return w.pods[i].start()
}}

// freezePod stops the clock of a pod for longer than its lease.
var freezePod = phase{name: "pod frozen past its lease", lasts: 11 * time.Second, cause: func(w *world, o *outcome) error {
	i := w.loaded()
	d := frozenFor + upTo(w.rand, w.frozenMore)
	o.hint = fmt.Sprintf("%s for %v", w.pods[i].name, d.Round(100*time.Millisecond))
	be := w.balancer.backends[i]
	if err := w.pods[i].freeze(); err != nil {
		return err
	}
	be.frozen.Store(true)
	err := wait(w.t.Context(), d)
	be.thawed.Store(time.Now().UnixNano())
	be.frozen.Store(false)
	o.ended = time.Now()
	if thawed := w.pods[i].thaw(); err == nil {
		err = thawed
	}
	return err
}}

// freezeStore stops the clock of Redis.
func freezeStore(s *redistest.Server) phase {
	return phase{name: "Redis frozen", lasts: 13 * time.Second, keepSockets: true, cause: func(w *world, o *outcome) error {
		o.hint = storeAway.String()
		s.Freeze()
		err := wait(w.t.Context(), storeAway)
		o.ended = time.Now()
		s.Thaw()
		return err
	}}
}

// emptyStore kills Redis and starts it without its data.
func emptyStore(s *redistest.Server) phase {
	return phase{name: "Redis killed, back empty", lasts: 6 * time.Second, keepSockets: true, cause: func(w *world, o *outcome) error {
		pause := upTo(w.rand, time.Second)
		release := w.holdAway(o)
		defer release()
		if err := wait(w.t.Context(), awayBefore); err != nil {
			return err
		}
		s.Kill()
		o.lossy, o.lossAt = true, time.Now()
		if err := wait(w.t.Context(), pause); err != nil {
			return err
		}
		s.Restart(w.t, true)
		o.ended = time.Now()
		return nil
	}}
}

// loaded draws a pod that has peers, the likelier the more it has.
func (w *world) loaded() int {
	for range 100 {
		p := w.crowd.peers[w.rand.IntN(len(w.crowd.peers))]
		p.mu.Lock()
		addr := p.addr
		p.mu.Unlock()
		if i := w.balancer.podOf(addr); i >= 0 {
			return i
		}
	}
	return w.rand.IntN(len(w.pods))
}

// upTo draws a time below d.
func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

// wait is the length of a cause.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
