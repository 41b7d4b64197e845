package accept

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Pauses of the loop. None is longer than a client's patience.
const (
	backoffFirst  = time.Millisecond
	backoffMost   = 100 * time.Millisecond
	relistenFirst = 10 * time.Millisecond
	relistenMost  = time.Second
	// streakMost is how many connection errors may follow each other before the listener itself is doubted.
	streakMost = 1000
)

// listenFunc opens a listening socket; tests put faults behind it.
type listenFunc func(ctx context.Context, address string) (net.Listener, error)

func listenTCP(ctx context.Context, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", address)
}

// listener is the supervised listener: its Accept returns connections until Close and no error ever before it. What
// goes wrong is judged by classify: a connection's error is counted, want of resources sheds or waits, a dead socket is
// opened anew on the same address.
type listener struct {
	listen  listenFunc
	admit   func(net.Conn) net.Conn // nil: refused, and closed by it
	log     *slog.Logger
	metrics *doorMetrics
	events  sampled
	reserve reserve

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	addr   net.Addr

	mu     sync.Mutex
	ln     net.Listener // the socket in use
	closed bool

	// What the watchdog looks at.
	returned  atomic.Int64 // when the kernel last gave something, ns since 1970
	inside    atomic.Bool  // the loop waits in the kernel
	accepted  atomic.Int64 // connections taken, shed ones included
	reopening atomic.Bool
	shortAt   atomic.Int64 // when resources were last short, ns since 1970
}

// open listens for the first time.
func (l *listener) open(ctx context.Context, address string) error {
	ln, err := l.listen(ctx, address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.ln, l.addr = ln, ln.Addr()
	l.reserve.hold()
	l.returned.Store(time.Now().UnixNano())
	return nil
}

// Addr implements net.Listener: the first socket's, port included, which all that follow have too.
func (l *listener) Addr() net.Addr { return l.addr }

// Close implements net.Listener: Accept returns net.ErrClosed.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	l.cancel()
	l.reserve.free()
	return l.ln.Close()
}

func (l *listener) current() (net.Listener, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ln, !l.closed
}

// Accept implements net.Listener. Its only error is net.ErrClosed, after Close.
func (l *listener) Accept() (net.Conn, error) {
	streak := 0
	pause := backoffFirst
	for {
		ln, open := l.current()
		if !open {
			return nil, net.ErrClosed
		}
		l.inside.Store(true)
		c, err := ln.Accept()
		l.inside.Store(false)
		l.returned.Store(time.Now().UnixNano())
		if err == nil && !hasAddress(c) {
			_ = c.Close()
			err = errNoAddress
		}
		if err == nil {
			l.accepted.Add(1)
			l.metrics.accepts.Inc()
			streak, pause = 0, backoffFirst
			if c = l.admit(c); c != nil {
				return c, nil
			}
			continue
		}
		if _, open := l.current(); !open {
			return nil, net.ErrClosed
		}
		class, name := classify(err)
		if class == ClassConnection {
			if streak++; streak > streakMost {
				class = ClassListener
			}
		}
		l.note(class, name, err)
		switch class {
		case ClassConnection:
		case ClassResources:
			l.shortAt.Store(time.Now().UnixNano())
			if l.reserve.shed(ln) {
				l.accepted.Add(1)
				l.metrics.shed(reasonDescriptors)
				pause = backoffFirst
				continue
			}
			l.wait(pause)
			pause = min(2*pause, backoffMost)
		case ClassListener:
			l.reopen(ln)
			streak = 0
		}
	}
}

// reopen replaces a dead socket by one on the same address, however often that takes.
func (l *listener) reopen(dead net.Listener) {
	l.reopening.Store(true)
	defer l.reopening.Store(false)
	_ = dead.Close() // it may be closed already
	pause := relistenFirst
	began := time.Now()
	for l.ctx.Err() == nil {
		ln, err := l.listen(l.ctx, l.addr.String())
		if err == nil {
			l.mu.Lock()
			if l.closed {
				_ = ln.Close()
			}
			l.ln = ln
			l.mu.Unlock()
			l.metrics.reopenings.Inc()
			l.log.Warn("accept: listening again", "address", l.addr.String(), "took", time.Since(began))
			return
		}
		l.log.Error("accept: cannot listen again yet", "address", l.addr.String(), "err", err)
		l.wait(pause)
		pause = min(2*pause, relistenMost)
	}
}

// renew makes the loop open its socket anew: closing the one in use ends the Accept that waits in it.
func (l *listener) renew() {
	if ln, open := l.current(); open && !l.reopening.Load() {
		_ = ln.Close()
	}
}

func (l *listener) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.ctx.Done():
	}
}

// note counts an error and logs it, a few lines a second.
func (l *listener) note(class Class, errno string, err error) {
	l.metrics.errors.WithLabelValues(string(class), errno).Inc()
	if left, ok := l.events.allow(); ok {
		l.log.Warn("accept: error", "stage", "accept", "class", class, "errno", errno, "err", err, "left_out", left)
	}
}

// hasAddress reports whether a connection's peer can be told; one that is gone may have none.
func hasAddress(c net.Conn) bool {
	a := c.RemoteAddr()
	if a == nil {
		return false
	}
	tcp, ok := a.(*net.TCPAddr)
	return !ok || tcp != nil && len(tcp.IP) > 0
}
