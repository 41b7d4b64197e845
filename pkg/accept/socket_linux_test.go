package accept

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSocketDies has the real listening socket die under the loop's feet in every way that there is. Each time it is opened anew on
// its port, while a session goes on.
func TestSocketDies(t *testing.T) {
	control := func(ln net.Listener, f func(fd int) error) error {
		raw, err := ln.(syscall.Conn).SyscallConn()
		if err != nil {
			return err
		}
		var inner error
		if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
			return err
		}
		return inner
	}
	for _, tt := range []struct {
		name string
		kill func(net.Listener) error
	}{
		{"closed", func(ln net.Listener) error { return ln.Close() }},
		{"shut down", func(ln net.Listener) error {
			return control(ln, func(fd int) error { return unix.Shutdown(fd, unix.SHUT_RDWR) })
		}},
		{"another file in its descriptor", func(ln net.Listener) error { // the loop's epoll does not hear of that
			null, err := os.Open(os.DevNull)
			if err != nil {
				return err
			}
			defer func() { _ = null.Close() }()
			return control(ln, func(fd int) error { return unix.Dup3(int(null.Fd()), fd, unix.O_CLOEXEC) })
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := open(t, Config{}, nil)
			r.proven()
			r.served(5 * time.Second)
			session := r.join()
			address := r.Addr().String()
			for range 2 {
				before := counted(r.metrics.reopenings)
				ln, _ := r.listener.current()
				if err := tt.kill(ln); err != nil {
					t.Fatal(err)
				}
				eventually(t, 10*time.Second, "opened anew", func() bool { return counted(r.metrics.reopenings) == before+1 })
				t.Logf("served again after %v", r.served(10*time.Second))
				r.ready(true, 5*time.Second)
				if now, _ := r.listener.current(); now.Addr().String() != address || r.Addr().String() != address {
					t.Errorf("listens on %v, not %s", now.Addr(), address)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := session.Write(ctx, 1, []byte(`{"type":"hello"}`)); err != nil {
				t.Error(err)
			}
			if _, b, err := session.Read(ctx); err != nil || len(b) == 0 {
				t.Errorf("the session that was there: %q, %v", b, err)
			}
		})
	}
}

// faulty is a real socket whose accept fails once when told to, with a connection that is there.
type faulty struct {
	*net.TCPListener
	fault atomic.Pointer[error]
}

func (f *faulty) Accept() (net.Conn, error) {
	c, err := f.TCPListener.Accept()
	if fault := f.fault.Swap(nil); err == nil && fault != nil {
		_ = c.Close()
		return nil, *fault
	}
	return c, err
}

// TestRecoveryTimes measures on real sockets how long each class of errors keeps the door from the next connection.
func TestRecoveryTimes(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ECONNABORTED, syscall.ENOTCONN, syscall.ENOBUFS, syscall.EMFILE, syscall.EBADF, syscall.EINVAL} {
		t.Run(fmt.Sprint(unix.ErrnoName(errno)), func(t *testing.T) {
			var f atomic.Pointer[faulty]
			r := open(t, Config{}, func(r *rig) {
				r.listener.listen = func(ctx context.Context, address string) (net.Listener, error) {
					ln, err := listenTCP(ctx, address)
					if err != nil {
						return nil, err
					}
					f.Store(&faulty{TCPListener: ln.(*net.TCPListener)})
					return f.Load(), nil
				}
			})
			r.served(5 * time.Second)
			err := accepting(errno)
			f.Load().fault.Store(&err)
			// It ends, or is told no where a self-dial had the fault, or is reset with the socket that a self-dial's fault closed.
			if victim, err := net.Dial("tcp", r.listener.addr.String()); err == nil {
				_ = victim.SetReadDeadline(time.Now().Add(5 * time.Second))
				_, _ = victim.Read(make([]byte, 1))
				_ = victim.Close()
			}
			took := r.served(2 * time.Second)
			t.Logf("%s (%s): %v", unix.ErrnoName(errno), classes[errno], took)
			if n := counted(r.metrics.errors.WithLabelValues(string(classes[errno]), unix.ErrnoName(errno))); n != 1 {
				t.Errorf("counted %d", n)
			}
		})
	}
}

// TestNothingLeaks opens and stops doors whose sockets die, and counts descriptors.
func TestNothingLeaks(t *testing.T) {
	before := openDescriptors()
	for range 5 {
		t.Run("door", func(t *testing.T) {
			r := open(t, Config{}, nil)
			for range 3 {
				ln, _ := r.listener.current()
				_ = ln.Close()
				r.served(5 * time.Second)
			}
		})
	}
	eventually(t, 5*time.Second, "the descriptors of before", func() bool { return openDescriptors() <= before })
}
