package accept

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// closing is a connection that tells when it is closed.
type closing struct {
	net.Conn
	remote net.Addr
	closed bool
}

func (c *closing) RemoteAddr() net.Addr { return c.remote }
func (c *closing) Close() error         { c.closed = true; return nil }

// TestNoAddress is the error that once ended a whole server: accept succeeded, the peer was gone already, and its
// address could not be told.
func TestNoAddress(t *testing.T) {
	for name, remote := range map[string]net.Addr{
		"nil": nil, "typed nil": (*net.TCPAddr)(nil), "no IP": &net.TCPAddr{Port: 80},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var w *world
				r := open(t, Config{}, func(r *rig) { w = newWorld(r) })
				gone := &closing{remote: remote}
				w.next <- arrival{c: gone}
				if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
					t.Fatalf("the next connection: %v, %v", a, err)
				}
				if !gone.closed {
					t.Error("the connection without an address is not closed")
				}
				if n := counted(r.metrics.errors.WithLabelValues("connection", "no_address")); n != 1 {
					t.Errorf("counted %d", n)
				}
				if n := len(w.listened()); n != 1 || r.Ready(t.Context()) != nil {
					t.Errorf("listened %d times, %v", n, r.Ready(t.Context()))
				}
			})
		})
	}
}

// TestStreak has a thousand connections fail and more: the socket itself is doubted then, once, and the door stays one.
func TestStreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *world
		r := open(t, Config{}, func(r *rig) { w = newWorld(r) })
		for range streakMost {
			w.fail(accepting(syscall.ECONNABORTED))
		}
		synctest.Wait()
		if n := len(w.listened()); n != 1 {
			t.Fatalf("listened %d times after %d errors", n, streakMost)
		}
		w.fail(accepting(syscall.ECONNABORTED))
		synctest.Wait()
		if opened := w.listened(); len(opened) != 2 || opened[1] != memoryAddr.String() {
			t.Fatalf("listened on %q", opened)
		}
		if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
			t.Fatalf("%v, %v", a, err)
		}
		lines := r.logs.lines(`"accept: error"`)
		if n := counted(r.metrics.errors.WithLabelValues("connection", "ECONNABORTED")); n != streakMost || len(lines) != linesPerSecond {
			t.Errorf("%d counted, %d logged", n, len(lines))
		}
	})
}

// TestBackOff has resources short for good, without a reserve that could help: the loop waits, never long, and is there
// when they are back. It sheds, which is ready.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *world
		var tries, short atomic.Int64
		short.Store(1)
		r := open(t, Config{}, func(r *rig) {
			w = newWorld(r)
			r.listener.listen = func(ctx context.Context, address string) (net.Listener, error) {
				l, err := w.open(ctx, address)
				return &failing{Listener: l, err: func() error { // no SetDeadline: no reserve
					tries.Add(1)
					if short.Load() > 0 {
						return accepting(syscall.ENOBUFS)
					}
					return nil
				}}, err
			}
		})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := tries.Load(); n < 100 || n > 120 { // 1 ms, 2, 4 … 100 ms
			t.Errorf("%d tries in 10 s", n)
		}
		if state := r.watchdog.State(); state != StateShedding || r.Ready(t.Context()) != nil {
			t.Errorf("%s, %v", state, r.Ready(t.Context()))
		}
		short.Store(0)
		began := time.Now()
		if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
			t.Fatalf("%v, %v", a, err)
		}
		t.Logf("served %v after resources were back", time.Since(began))
		if time.Since(began) > backoffMost {
			t.Errorf("after %v", time.Since(began))
		}
		time.Sleep(2 * sheddingFor)
		synctest.Wait()
		if state := r.watchdog.State(); state != StateOpen {
			t.Errorf("in the end %s", state)
		}
	})
}

// failing fails accepts as err says.
type failing struct {
	net.Listener
	err func() error
}

func (f *failing) Accept() (net.Conn, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Listener.Accept()
}

// TestDyingSockets opens sockets that die at once, for ever: the loop must not do nothing else, and the door is not
// ready meanwhile.
func TestDyingSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *world
		var dead atomic.Bool
		dead.Store(true)
		r := open(t, Config{}, func(r *rig) {
			w = newWorld(r)
			r.listener.listen = func(ctx context.Context, address string) (net.Listener, error) {
				l, err := w.open(ctx, address)
				return &failing{Listener: l, err: func() error {
					if dead.Load() {
						return accepting(syscall.EBADF)
					}
					return nil
				}}, err
			}
		})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := len(w.listened()); n < 10 || n > 25 {
			t.Errorf("listened %d times in 10 s", n)
		}
		if state := r.watchdog.State(); state != StateReopening || r.Ready(t.Context()) == nil || r.Live(t.Context()) != nil {
			t.Errorf("%s: ready %v, live %v", state, r.Ready(t.Context()), r.Live(t.Context()))
		}
		dead.Store(false)
		if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
			t.Fatalf("%v, %v", a, err)
		}
		r.ready(true, 2*time.Second)
		for _, address := range w.listened()[1:] {
			if address != memoryAddr.String() {
				t.Errorf("listened on %s", address)
			}
		}
	})
}

// TestListeningFails closes the socket while the address cannot be listened on.
func TestListeningFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *world
		r := open(t, Config{}, func(r *rig) { w = newWorld(r) })
		r.ready(true, time.Second)
		fails := listenFunc(func(context.Context, string) (net.Listener, error) {
			return nil, &net.OpError{Op: "listen", Err: syscall.EADDRINUSE}
		})
		w.listen.Store(&fails)
		w.fail(accepting(syscall.EINVAL))
		r.ready(false, 2*glanceEvery)
		if state := r.watchdog.State(); state != StateReopening {
			t.Error(state)
		}
		time.Sleep(20 * time.Second)
		if err := r.Live(t.Context()); err != nil {
			t.Errorf("after 20 s: %v", err)
		}
		time.Sleep(11 * time.Second)
		if err := r.Live(t.Context()); err == nil {
			t.Error("alive although listening again has failed for 31 s")
		}
		w.listen.Store(nil)
		r.ready(true, relistenMost+time.Second)
		if err := r.Live(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseWhileReopening: Stop ends what could go on for ever.
func TestCloseWhileReopening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *world
		r := open(t, Config{}, func(r *rig) { w = newWorld(r) })
		fails := listenFunc(func(context.Context, string) (net.Listener, error) { return nil, errors.New("never") })
		w.listen.Store(&fails)
		w.fail(net.ErrClosed)
		time.Sleep(5 * time.Second)
		began := time.Now()
		if err := r.listener.Close(); err != nil {
			t.Errorf("Close of a socket that is closed already: %v", err)
		}
		if err := r.Stop(t.Context()); err != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		for range 2 {
			if _, err := r.listener.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Accept after Close: %v", err)
			}
		}
		if err := r.listener.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the second Close: %v", err)
		}
		if a := r.Addr(); a != net.Addr(memoryAddr) {
			t.Error(a)
		}
	})
}
