package accept

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// world is a network in memory whose accept gives what a test puts there. It runs under synctest.
type world struct {
	next   chan arrival
	listen atomic.Pointer[listenFunc] // nil: works

	mu     sync.Mutex
	opened []string // addresses that were listened on
	last   *memoryListener
}

type arrival struct {
	c   net.Conn
	err error
}

var memoryAddr = &net.TCPAddr{IP: net.IPv4(10, 0, 0, 99), Port: 4711}

// newWorld makes r listen in memory. A self-dial has nothing to dial there: it is scripted, as working at first.
func newWorld(r *rig) *world {
	w := &world{next: make(chan arrival)}
	r.listener.listen = w.open
	r.watchdog.dial = func(context.Context, time.Duration) error { return nil }
	return w
}

func (w *world) open(ctx context.Context, address string) (net.Listener, error) {
	w.mu.Lock()
	w.opened = append(w.opened, address)
	w.mu.Unlock()
	if f := w.listen.Load(); f != nil {
		return (*f)(ctx, address)
	}
	l := &memoryListener{world: w, closed: make(chan struct{})}
	w.mu.Lock()
	w.last = l
	w.mu.Unlock()
	return l, nil
}

func (w *world) listened() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.opened...)
}

// fail makes the accept that waits, or the next one, fail.
func (w *world) fail(err error) { w.next <- arrival{err: err} }

// connect brings a connection from an address, and returns once accept has it.
func (w *world) connect(from string) net.Conn {
	client, server := net.Pipe()
	w.next <- arrival{c: &memoryConn{Conn: server, remote: net.TCPAddrFromAddrPort(mustAddrPort(from))}}
	return client
}

type memoryListener struct {
	world    *world
	once     sync.Once
	closed   chan struct{}
	deadline atomic.Pointer[time.Time]
}

func (l *memoryListener) Accept() (net.Conn, error) {
	var late <-chan time.Time
	if t := l.deadline.Load(); t != nil && !t.IsZero() {
		timer := time.NewTimer(time.Until(*t))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case a := <-l.world.next:
		return a.c, a.err
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: memoryAddr, Err: net.ErrClosed}
	case <-late:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: memoryAddr, Err: os.ErrDeadlineExceeded}
	}
}

func (l *memoryListener) Addr() net.Addr { return memoryAddr }

func (l *memoryListener) SetDeadline(t time.Time) error {
	l.deadline.Store(&t)
	return nil
}

func (l *memoryListener) Close() error {
	err := error(net.ErrClosed)
	l.once.Do(func() {
		close(l.closed)
		err = nil
	})
	return err
}

type memoryConn struct {
	net.Conn
	remote net.Addr
}

func (c *memoryConn) LocalAddr() net.Addr  { return memoryAddr }
func (c *memoryConn) RemoteAddr() net.Addr { return c.remote }
