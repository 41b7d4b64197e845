package accept

import (
	"context"
	"errors"
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

	// What the watchdog looks at. Times are the clock's.
	made      time.Time
	returned  atomic.Int64 // when the kernel last gave something
	inside    atomic.Bool  // the loop waits in the kernel
	accepted  atomic.Int64 // connections taken, shed ones included
	reopening atomic.Bool
	shortAt   atomic.Int64 // when resources were last short, 0: never
}

func newListener(listen listenFunc, admit func(net.Conn) net.Conn, log *slog.Logger, m *doorMetrics) *listener {
	l := &listener{listen: listen, admit: admit, log: log, metrics: m, made: time.Now()}
	l.returned.Store(l.clock())
	return l
}

// clock is the time in nanoseconds, above 0. It does not follow when somebody sets the machine's clock: that must
// neither look like a stall nor hide one.
func (l *listener) clock() int64 { return int64(time.Since(l.made)) + 1 }

// open listens for the first time.
func (l *listener) open(ctx context.Context, address string) error {
	ln, err := l.listen(ctx, address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.ln, l.addr = ln, ln.Addr()
	l.reserve.hold()
	l.returned.Store(l.clock())
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
	l.reserve.end()
	if err := l.ln.Close(); !errors.Is(err, net.ErrClosed) { // it is closed already while it is being replaced
		return err
	}
	return nil
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
	var again time.Duration // what the next reopening waits, because the last one brought no connection
	for {
		ln, open := l.current()
		if !open {
			return nil, net.ErrClosed
		}
		l.inside.Store(true)
		c, err := ln.Accept()
		l.returned.Store(l.clock()) // before inside: who sees false sees this too
		l.inside.Store(false)
		if err == nil && !hasAddress(c) {
			_ = c.Close()
			err = errNoAddress
		}
		if err == nil {
			l.accepted.Add(1)
			l.metrics.accepts.Inc()
			streak, pause, again = 0, backoffFirst, 0
			if l.lacking(c) {
				continue
			}
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
			l.shortAt.Store(l.clock())
			if l.reserve.shed(ln) {
				l.accepted.Add(1)
				l.metrics.shed(reasonDescriptors)
				pause = backoffFirst
				continue
			}
			l.wait(pause)
			pause = min(2*pause, backoffMost)
		case ClassListener:
			l.reopen(ln, again)
			again = min(max(2*again, relistenFirst), relistenMost)
			streak = 0
		}
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

// note counts an error and logs it.
func (l *listener) note(class Class, errno string, err error) {
	l.metrics.errors.WithLabelValues(string(class), errno).Inc()
	l.warn("accept: error", "stage", "accept", "class", class, "errno", errno, "err", err)
}

// warn logs a few lines a second, each with the descriptors and how many lines were left out before it.
func (l *listener) warn(msg string, args ...any) {
	if left, ok := l.events.allow(); ok {
		args = append(args, "descriptors", openDescriptors(), "descriptors_limit", Descriptors(), "left_out", left)
		l.log.Warn(msg, args...)
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
