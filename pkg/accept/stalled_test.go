package accept

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gate holds who comes while it is shut.
type gate struct{ at atomic.Pointer[chan struct{}] }

func (g *gate) shut() (open func()) {
	c := make(chan struct{})
	g.at.Store(&c)
	return func() {
		g.at.Store(nil)
		close(c)
	}
}

func (g *gate) pass(ctx context.Context) {
	if c := g.at.Load(); c != nil {
		select {
		case <-*c:
		case <-ctx.Done():
		}
	}
}

// deaf is a real socket whose accept hangs while its gate is shut, until it is closed.
type deaf struct {
	*net.TCPListener
	gate   *gate
	closed context.Context
	close  context.CancelFunc
}

func (d *deaf) Accept() (net.Conn, error) {
	c, err := d.TCPListener.Accept()
	if err == nil && d.gate.at.Load() != nil {
		_ = c.Close()
		d.gate.pass(d.closed)
		return d.TCPListener.Accept()
	}
	return c, err
}

func (d *deaf) Close() error {
	d.close()
	return d.TCPListener.Close()
}

// inAdmit has the loop stand still with a connection in its hand, inAccept in the kernel.
func inAdmit(r *rig, g *gate) {
	admit := r.listener.admit
	r.listener.admit = func(c net.Conn) net.Conn {
		g.pass(r.t.Context())
		return admit(c)
	}
}

func inAccept(r *rig, g *gate) {
	r.listener.listen = func(ctx context.Context, address string) (net.Listener, error) {
		ln, err := listenTCP(ctx, address)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(context.Background())
		return &deaf{TCPListener: ln.(*net.TCPListener), gate: g, closed: ctx, close: cancel}, nil
	}
}

// TestStalled blocks the loop on purpose, in both places where it can be: clients come, and within 2 s the door is not
// ready, though alive. When the loop goes on all who waited are served, and the door is ready after two hits. The loop's clock and the
// kernel's queue each do it alone, too: with a single client, which does not wait in the queue, and where no dial is made.
func TestStalled(t *testing.T) {
	for _, tt := range []struct {
		name    string
		block   func(*rig, *gate)
		clients int
		dials   bool
	}{
		{"in admit", inAdmit, 8, true},
		{"in admit, by the clock", inAdmit, 1, false},
		{"in accept", inAccept, 8, true},
		{"in accept, by the queue", inAccept, 8, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := new(gate)
			var alone atomic.Bool
			r := open(t, Config{}, func(r *rig) {
				tt.block(r, g)
				r.watchdog.dial = func(ctx context.Context, patience time.Duration) error {
					if alone.Load() {
						return errCannotDial
					}
					return r.watchdog.self.dial(ctx, patience)
				}
			})
			r.proven()
			r.served(5 * time.Second)
			alone.Store(!tt.dials)
			release := g.shut()
			clients := make([]net.Conn, tt.clients)
			for i := range clients {
				clients[i] = r.knock()
			}
			took := r.ready(false, 2*time.Second)
			t.Logf("unready %v after clients came: %v", took, r.Ready(t.Context()))
			if state, err := r.watchdog.State(), r.Live(t.Context()); state != StateStalled || err != nil {
				t.Errorf("%s, live: %v", state, err)
			}
			release()
			served := 0
			for _, c := range clients {
				if a, err := ask(c, "/"); err == nil && a.status == http.StatusOK {
					served++
				}
			}
			if served < len(clients)-1 { // the one that the fault itself took
				t.Errorf("%d of %d that waited were served", served, len(clients))
			}
			t.Logf("ready %v after the loop went on", r.ready(true, 5*time.Second))
			if n := counted(r.metrics.reopenings); n != 0 {
				t.Errorf("opened anew %d times, which cost those who waited their connection", n)
			}
		})
	}
}

// TestRenewed has accept hang for good: the watchdog closes the socket, and a new one is served.
func TestRenewed(t *testing.T) {
	t.Parallel()
	g := new(gate)
	var hung atomic.Bool
	r := open(t, Config{}, func(r *rig) {
		inAccept(r, g)
		first := r.listener.listen
		r.listener.listen = func(ctx context.Context, address string) (net.Listener, error) {
			if hung.Load() {
				return listenTCP(ctx, address)
			}
			return first(ctx, address)
		}
	})
	r.proven()
	r.served(5 * time.Second)
	hung.Store(true)
	defer g.shut()()
	began := time.Now()
	r.knock()
	r.ready(false, 2*time.Second)
	if _, err := r.get(); err == nil {
		t.Error("served meanwhile")
	}
	r.served(2 * renewEvery)
	r.ready(true, 5*time.Second)
	t.Logf("ready %v after accept hung", time.Since(began))
}

// TestBusyProcess keeps every processor busy with far more goroutines than there are processors: the door may be slow, but it
// is not stalled, and saying so would only send the load elsewhere.
func TestBusyProcess(t *testing.T) {
	r := open(t, Config{}, nil)
	r.proven()
	r.served(5 * time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	var busy sync.WaitGroup
	for range 400 {
		busy.Go(func() {
			for ctx.Err() == nil {
				for began := time.Now(); time.Since(began) < time.Millisecond; {
				}
				runtime.Gosched()
			}
		})
	}
	unready := 0
	for ctx.Err() == nil {
		if r.Ready(t.Context()) != nil {
			unready++
		}
		runtime.Gosched()
	}
	busy.Wait()
	if unready > 0 {
		t.Errorf("unready at %d looks: %q", unready, r.logs.lines("stalled"))
	}
	t.Logf("%d self-dials failed", counted(r.metrics.selfFailed))
}
