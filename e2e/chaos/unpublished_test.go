package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
)

const (
	pairs  = 5
	unsung = 3 // signals of each pair that are kept and not published
	// foundWithin is how long they may take: a lease, and two seconds, and what a slow machine adds.
	foundWithin = 9 * time.Second
)

// unpublished kills a pod between keeping signals, which it acks, and publishing them. The receivers sit on another pod,
// and nobody else sends to them: nothing but the end of the dead pod's lease tells anybody that something waits.
func unpublished(p *tap) phase {
	return phase{name: "pod killed before it published", lasts: foundWithin, cause: func(w *world, o *outcome) error {
		ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
		defer cancel()
		from, to, err := w.openPairs(ctx)
		leave := func() {
			for _, c := range append(from, to...) {
				c.close()
			}
		}
		if err != nil {
			leave()
			return err
		}
		before := p.dropped.Load()
		p.muted.Store(true)
		waits, err := w.sing(ctx, from, to)
		killed := time.Now()
		w.pods[0].kill()
		p.muted.Store(false)
		o.ended = time.Now()
		if err = errors.Join(err, w.pods[0].start()); err == nil && p.dropped.Load() == before {
			err = errors.New("the pod published nothing that could be held back")
		}
		if err != nil {
			leave()
			return err
		}
		o.after = func() error {
			defer leave()
			return awaitUnsung(o, killed, to, waits)
		}
		return nil
	}}
}

// awaitUnsung waits for the signals that were kept and not published.
func awaitUnsung(o *outcome, killed time.Time, to []*caller, waits []<-chan struct{}) error {
	limit := time.NewTimer(time.Until(killed.Add(foundWithin)))
	defer limit.Stop()
	for _, came := range waits {
		select {
		case <-came:
		case <-limit.C:
			return fmt.Errorf("not all signals came within %v of the pod's end", foundWithin)
		}
	}
	o.hint = fmt.Sprintf("%d unpublished signals found after %v", len(waits), time.Since(killed).Round(10*time.Millisecond))
	for i, c := range to {
		for k := range unsung {
			if n := c.forget(songOf(i, k)); n != 1 {
				return fmt.Errorf("a signal came %d times", n)
			}
		}
	}
	return nil
}

// openPairs opens senders on the first pod and receivers on the second, and lets each pair exchange one signal.
func (w *world) openPairs(ctx context.Context) (from, to []*caller, err error) {
	for i := range pairs {
		f, err := call(ctx, fmt.Sprintf("singer-%d-%d", i, w.prober.serial.Add(1)), at(w.pods[0].addr))
		if err != nil {
			return from, to, err
		}
		from = append(from, f)
		t, err := call(ctx, fmt.Sprintf("listener-%d-%d", i, w.prober.serial.Add(1)), at(w.pods[1].addr))
		if err != nil {
			return from, to, err
		}
		to = append(to, t)
		if err := f.reach(ctx, t, 1, 5*time.Second); err != nil {
			return from, to, err
		}
	}
	return from, to, nil
}

// songOf is the data of one signal of pair i.
func songOf(i, k int) string { return strconv.Itoa(1000*(i+1) + k) }

// sing sends signals that are acked, and returns what tells of each one's arrival. None may have arrived.
func (w *world) sing(ctx context.Context, from, to []*caller) ([]<-chan struct{}, error) {
	var waits []<-chan struct{}
	for i, f := range from {
		for k := range unsung {
			waits = append(waits, to[i].expect(songOf(i, k)))
			if _, err := f.c.Signal(ctx, client.Signal{To: to[i].c.Peer(), Data: json.RawMessage(songOf(i, k))}); err != nil {
				return waits, err
			}
		}
	}
	for _, came := range waits {
		select {
		case <-came:
			return waits, errors.New("a signal that was not published has arrived")
		default:
		}
	}
	return waits, nil
}
