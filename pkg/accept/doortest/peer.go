package doortest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// What became of a number that a peer sent.
const (
	unknown byte = iota
	acked
	refused
)

// peer is one side of a pair: it numbers what it sends and checks what it gets.
type peer struct {
	name wire.PeerID
	c    *client.Client
	fail func(string)

	mu       sync.Mutex
	nc       net.Conn      // the socket in use
	came     []byte        // how often each number of the other came
	last     int           // the highest that did, -1: none
	lastAt   time.Time     // when something last came
	gap      time.Duration // the longest time between two that came
	behind   int           // numbers that came after a higher one
	welcomes int
	lost     int           // welcomes that resumed nothing, after the first
	changed  chan struct{} // closed and replaced at each arrival

	// talk's own.
	sent     int
	outcomes []byte // of each number
	codes    map[wire.Code]int
}

func (p *peer) connect(ctx context.Context, url string) (err error) {
	p.c, err = client.Connect(ctx, url, client.Options{
		Peer: p.name, Handle: p.handle, DialContext: p.dial, TLS: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // its own gateway
		Backoff: client.Backoff{Base: 50 * time.Millisecond, Cap: time.Second},
	})
	return err
}

// dial keeps the socket, so that cut finds it.
func (p *peer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		p.mu.Lock()
		p.nc = nc
		p.mu.Unlock()
	}
	return nc, err
}

// cut resets the peer's socket.
func (p *peer) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if tcp, ok := p.nc.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
}

func (p *peer) handle(ev client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case client.Connected:
		if p.welcomes++; p.welcomes > 1 && !ev.Resumed {
			p.lost++
			p.fail(fmt.Sprintf("%s lost its session", p.name))
		}
	case client.Closed:
		if ev.Err != nil && !errors.Is(ev.Err, client.ErrClosed) {
			p.lost++
			p.fail(fmt.Sprintf("%s ended: %v", p.name, ev.Err))
		}
	case client.Gap:
		p.fail(fmt.Sprintf("%s was told of a gap", p.name))
	case client.SignalEvent:
		p.take(ev)
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

func (p *peer) take(ev client.SignalEvent) {
	var n int
	if err := json.Unmarshal(ev.Data, &n); err != nil || n < 0 || n > 1<<28 {
		p.fail(fmt.Sprintf("%s got %.100q: %v", p.name, ev.Data, err))
		return
	}
	if n >= len(p.came) {
		p.came = slices.Grow(p.came, n+1-len(p.came))[:n+1]
	}
	if p.came[n] < 255 {
		p.came[n]++
	}
	if n < p.last {
		p.behind++
	}
	p.last = max(p.last, n)
	now := time.Now()
	if !p.lastAt.IsZero() {
		p.gap = max(p.gap, now.Sub(p.lastAt))
	}
	p.lastAt = now
}

// talk posts a number to other at every beat until quit, and waits for all answers.
func (p *peer) talk(ctx context.Context, other *peer, every time.Duration, quit <-chan struct{}) {
	pipe := make(chan *client.Posted, 16) // what is posted and not answered, in order of numbers
	var answers sync.WaitGroup
	answers.Go(func() {
		n := 0
		for call := range pipe {
			_, err := call.Wait(ctx)
			var refusal *client.Error
			switch {
			case err == nil:
				p.outcomes = append(p.outcomes, acked)
			case errors.As(err, &refusal):
				p.outcomes = append(p.outcomes, refused)
				p.codes[refusal.Code]++
			default:
				p.outcomes = append(p.outcomes, unknown)
				p.fail(fmt.Sprintf("%s has no answer for %d: %v", p.name, n, err))
			}
			n++
		}
	})
	beat := time.NewTicker(every)
	defer beat.Stop()
	for going := true; going; {
		select {
		case <-quit:
			going = false
		case <-ctx.Done():
			going = false
		case <-beat.C:
			call, err := p.c.Post(client.Signal{To: other.name, Data: json.RawMessage(fmt.Sprint(p.sent))})
			if err != nil {
				p.fail(fmt.Sprintf("%s cannot post: %v", p.name, err))
				going = false
				break
			}
			p.sent++
			select {
			case pipe <- call:
			case <-ctx.Done():
			}
		}
	}
	close(pipe)
	answers.Wait()
}
