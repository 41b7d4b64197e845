package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// caller is a session that sends and awaits single signals.
type caller struct {
	c *client.Client

	mu    sync.Mutex
	await map[string]chan struct{} // by data; closed at its arrival
	came  map[string]int           // arrivals of the data awaited
}

// call opens a session; dial finds its pod.
func call(ctx context.Context, name string, dial func(context.Context) (net.Conn, error)) (*caller, error) {
	p := &caller{await: map[string]chan struct{}{}, came: map[string]int{}}
	var err error
	p.c, err = client.Connect(ctx, "ws://aldis.example", client.Options{
		Peer: wire.PeerID(name), Handle: p.handle, Backoff: quick,
		ConnectTimeout: 2 * time.Second, HeartbeatGrace: 3 * time.Second, CloseTimeout: 2 * time.Second,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	})
	return p, err
}

// at dials one address always.
func at(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", addr) }
}

func (p *caller) handle(ev client.Event) {
	if s, ok := ev.(client.SignalEvent); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		if ch := p.await[string(s.Data)]; ch != nil {
			if p.came[string(s.Data)]++; p.came[string(s.Data)] == 1 {
				close(ch)
			}
		}
	}
}

// expect returns what is closed when data arrives.
func (p *caller) expect(data string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.await[data] = make(chan struct{})
	return p.await[data]
}

// forget ends what expect began, and says how often the data came.
func (p *caller) forget(data string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.came[data]
	delete(p.await, data)
	delete(p.came, data)
	return n
}

// reach sends number n to another and waits for the answer and the arrival, at most limit.
func (p *caller) reach(ctx context.Context, other *caller, n int64, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	data := strconv.FormatInt(n, 10)
	came := other.expect(data)
	defer other.forget(data)
	if _, err := p.c.Signal(ctx, client.Signal{To: other.c.Peer(), Data: json.RawMessage(data)}); err != nil {
		return fmt.Errorf("%s to %s: %w", p.c.Peer(), other.c.Peer(), err)
	}
	select {
	case <-came:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s to %s: acked, not delivered: %w", p.c.Peer(), other.c.Peer(), ctx.Err())
	}
}

// close ends the session, within what the SDK allows for it.
func (p *caller) close() {
	_ = p.c.Close(context.Background()) // the gateway may be away
	<-p.c.Done()
}
