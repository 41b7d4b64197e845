package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
)

// Bounds of opening and closing many sessions.
const (
	openers      = 16 // at once
	closers      = 64
	maxFailed    = 10 // then no more is opened
	closeTimeout = 10 * time.Second
	attempts     = 5 // to come back, in a row
)

// crowd are the sessions of a run.
type crowd struct {
	bench   *bench
	clients []*client.Client // nil: not opened
	took    time.Duration    // to open all
}

// options returns what every session of a run has in common.
func (b *bench) options() client.Options {
	return client.Options{App: b.cfg.App, Token: b.cfg.Token, MaxAttempts: attempts}
}

// open opens n sessions, openers at once, with the options that of gives for each. The error is the first that kept one
// from opening; the others are there all the same. The caller closes the crowd in any case. What is not counted leaves
// no trace in the figures.
func (b *bench) open(ctx context.Context, n int, counted bool, of func(i int) client.Options) (*crowd, error) {
	c := &crowd{bench: b, clients: make([]*client.Client, n)}
	begin := time.Now()
	var (
		wg           sync.WaitGroup
		next, failed atomic.Int64
		once         sync.Once
		first        error
	)
	for range min(openers, n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1) - 1)
				if i >= n || ctx.Err() != nil || failed.Load() > maxFailed {
					return
				}
				var err error
				if c.clients[i], err = b.connect(ctx, i, counted, of(i)); err != nil {
					failed.Add(1)
					if counted && ctx.Err() == nil {
						b.meter.failures.add(failureOf(err))
					}
					once.Do(func() { first = err })
				}
			}
		})
	}
	wg.Wait()
	c.took = time.Since(begin)
	switch {
	case ctx.Err() != nil:
		return c, ctx.Err()
	case first != nil:
		return c, fmt.Errorf("%d of %d sessions are not open: %w", c.missing(), n, first)
	}
	return c, nil
}

// missing returns how many sessions are not open.
func (c *crowd) missing() int {
	n := 0
	for _, one := range c.clients {
		if one == nil {
			n++
		}
	}
	return n
}

// connect opens the session number i, on its gateway. Failures are for the caller to count.
func (b *bench) connect(ctx context.Context, i int, counted bool, o client.Options) (*client.Client, error) {
	at := b.pod(i)
	o.DialContext = at.dial
	begin := time.Now()
	c, err := client.Connect(ctx, at.url, o)
	if err != nil {
		return nil, err
	}
	if counted {
		b.meter.handshake.Record(time.Since(begin))
		b.meter.opened.Add(1)
	}
	return c, nil
}

// close ends all sessions, closers at once, within closeTimeout. It goes on after ctx.
func (c *crowd) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(closers, len(c.clients)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1) - 1)
				if i >= len(c.clients) {
					return
				}
				if one := c.clients[i]; one != nil {
					_ = one.Close(ctx) // a session that does not hear bye ends with its grace
					<-one.Done()
				}
			}
		})
	}
	wg.Wait()
}

// failureOf is a short name of what went wrong.
func failureOf(err error) string {
	var (
		refused *client.RefusedError
		closed  *client.CloseError
		answer  *client.Error
		errno   syscall.Errno
		network net.Error
	)
	switch {
	case errors.As(err, &refused):
		return string(refused.Code)
	case errors.As(err, &closed):
		return closed.Reason
	case errors.As(err, &answer):
		return string(answer.Code)
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.Is(err, client.ErrSessionLost):
		return "session_lost"
	}
	return "network"
}
