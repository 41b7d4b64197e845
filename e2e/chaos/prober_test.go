package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	inTime     = 500 * time.Millisecond // what every answer and arrival may take in full service
	roundEvery = 200 * time.Millisecond
	goodRounds = 5 // in a row are full service
	giveUp     = 12 * time.Second
)

// prober tells whether there is full service: on every pod a fresh session and one that was there before exchange signals
// with those of the next pod, and each step takes at most inTime.
type prober struct {
	pods      []*pod
	balancer  *balancer
	residents []*caller
	serial    atomic.Int64
	leaving   sync.WaitGroup
}

// startProber opens a session on every pod, which comes back there when it can and elsewhere when that is down.
func startProber(ctx context.Context, pods []*pod, b *balancer) (*prober, error) {
	pr := &prober{pods: pods, balancer: b}
	for i := range pods {
		r, err := call(ctx, fmt.Sprintf("resident-%d", i), func(context.Context) (net.Conn, error) {
			_, conn := b.dial(i)
			if conn == nil {
				return nil, errors.New("no pod is up")
			}
			return conn, nil
		})
		if err != nil {
			return nil, err
		}
		pr.residents = append(pr.residents, r)
	}
	return pr, nil
}

func (pr *prober) close() {
	for _, r := range pr.residents {
		r.close()
	}
	pr.leaving.Wait()
}

// round asks everything once.
func (pr *prober) round(ctx context.Context) error {
	errs := make([]error, len(pr.pods))
	var under sync.WaitGroup
	for i, p := range pr.pods {
		under.Go(func() { errs[i] = pr.visit(ctx, i, p) })
	}
	under.Wait()
	return errors.Join(errs...)
}

// visit opens a session on a pod and lets it and the resident call.
func (pr *prober) visit(ctx context.Context, i int, p *pod) error {
	connecting, cancel := context.WithTimeout(ctx, inTime)
	defer cancel()
	fresh, err := call(connecting, fmt.Sprintf("fresh-%d", pr.serial.Add(1)), at(p.addr))
	if err != nil {
		return fmt.Errorf("a fresh session on %s: %w", p.name, err)
	}
	defer pr.leaving.Go(fresh.close)
	for _, r := range pr.residents {
		if err := r.c.Err(); err != nil {
			return fmt.Errorf("%s has ended: %w", r.c.Peer(), err)
		}
	}
	here, next := pr.residents[i], pr.residents[(i+1)%len(pr.residents)]
	var under sync.WaitGroup
	errs := make([]error, 3)
	for k, way := range [][2]*caller{{fresh, next}, {here, fresh}, {here, next}} {
		under.Go(func() { errs[k] = way[0].reach(ctx, way[1], pr.serial.Add(1), inTime) })
	}
	under.Wait()
	return errors.Join(errs...)
}

// verdict is a round's.
type verdict struct {
	began time.Time
	done  bool
	err   error
}

// recovery returns the moment from which every round was good, and what was wrong with the last one before.
func (pr *prober) recovery(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	var (
		mu     sync.Mutex
		rounds []*verdict
		under  sync.WaitGroup
		bad    error
	)
	defer under.Wait()
	tick := time.NewTicker(roundEvery)
	defer tick.Stop()
	results := make(chan struct{}, 1)
	for {
		v := &verdict{began: time.Now()}
		mu.Lock()
		rounds = append(rounds, v)
		mu.Unlock()
		under.Go(func() {
			err := pr.round(ctx)
			mu.Lock()
			v.done, v.err = true, err
			mu.Unlock()
			select {
			case results <- struct{}{}:
			default:
			}
		})
		for next := false; !next; {
			select {
			case <-tick.C:
				next = true
			case <-results:
			case <-ctx.Done():
				return time.Time{}, fmt.Errorf("no full service within %v: %w", giveUp, bad)
			}
			mu.Lock()
			first, last := trailing(rounds)
			mu.Unlock()
			if last != nil {
				bad = last
			}
			if !first.IsZero() {
				return first, bad
			}
		}
	}
}

// trailing returns when the first of goodRounds good rounds in a row began, if the last of those that are over are such,
// and the error of the last bad one.
func trailing(rounds []*verdict) (first time.Time, bad error) {
	good := 0
	for _, v := range rounds {
		switch {
		case !v.done:
			return time.Time{}, bad
		case v.err != nil:
			good, bad = 0, v.err
		case good == 0:
			good, first = 1, v.began
		default:
			good++
		}
		if good >= goodRounds {
			return first, bad
		}
	}
	return time.Time{}, bad
}
