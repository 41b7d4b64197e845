package chaos

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// checkEvery is the time between two looks at a pod's readiness.
const checkEvery = 200 * time.Millisecond

// balancer is what stands before the pods: clients have one address, each connection goes to a pod that is ready.
type balancer struct {
	ln       net.Listener
	backends []*backend
	under    sync.WaitGroup

	mu    sync.Mutex
	over  bool
	links map[string]*link // by the client's address
}

// backend is a pod as the balancer knows it.
type backend struct {
	addr, ops string
	up        atomic.Bool
	conns     atomic.Int64
	frozen    atomic.Bool // by the test: connections left by their clients are kept, to see what the pod does with them
	haunted   atomic.Int64
	thawed    atomic.Int64 // ns
	caught    atomic.Int64 // like haunted, right after the thaw: on its way between the look at the lease and the socket
	kept      atomic.Int64
	spoke     atomic.Value // the last of that, a string
}

func startBalancer(t *testing.T, pods []*pod) *balancer {
	t.Helper()
	ln, err := net.Listen("tcp", freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{ln: ln, links: map[string]*link{}}
	ctx, cancel := context.WithCancel(context.Background())
	for _, p := range pods {
		be := &backend{addr: p.addr, ops: p.ops}
		be.up.Store(true)
		b.backends = append(b.backends, be)
		b.under.Go(func() { be.watch(ctx) })
	}
	b.under.Go(b.accept)
	t.Cleanup(func() {
		cancel()
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		b.over = true
		for _, l := range b.links {
			l.cut()
		}
		b.mu.Unlock()
		b.under.Wait()
	})
	return b
}

// watch keeps up what the pod says of itself.
func (be *backend) watch(ctx context.Context) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		be.up.Store(isReady(ctx, be.ops))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (b *balancer) accept() {
	for {
		conn, err := b.ln.Accept()
		if err != nil {
			return // closed: nothing else ends a listener on the loopback
		}
		b.under.Go(func() { b.serve(conn.(*net.TCPConn)) })
	}
}

// serve carries one connection; one that no pod takes is reset.
func (b *balancer) serve(client *net.TCPConn) {
	be, upstream := b.dial(-1)
	if upstream == nil {
		reset(client)
		return
	}
	l := &link{client: client, pod: upstream, backend: be}
	name := client.RemoteAddr().String()
	b.mu.Lock()
	if b.over {
		l.cut()
	}
	b.links[name] = l
	b.mu.Unlock()
	be.conns.Add(1)
	l.carry()
	be.conns.Add(-1)
	b.mu.Lock()
	delete(b.links, name)
	b.mu.Unlock()
}

// dial connects to the pod that is preferred (-1: none is) if that is up, else to one that is up, the one with the fewest
// connections first: so a pod that was restarted fills again.
func (b *balancer) dial(prefer int) (*backend, *net.TCPConn) {
	for i := range 2 * len(b.backends) {
		be := b.fewest()
		if i == 0 && prefer >= 0 {
			be = b.backends[prefer]
		}
		if be == nil || !be.up.Load() {
			continue
		}
		conn, err := net.DialTimeout("tcp", be.addr, time.Second)
		if err == nil {
			return be, conn.(*net.TCPConn)
		}
		be.up.Store(false)
	}
	return nil, nil
}

// fewest returns the backend that is up and has the fewest connections; nil where none is up.
func (b *balancer) fewest() (least *backend) {
	for _, be := range b.backends {
		if be.up.Load() && (least == nil || be.conns.Load() < least.conns.Load()) {
			least = be
		}
	}
	return least
}

// podOf returns the number of the pod that the client at addr is connected to; -1: none.
func (b *balancer) podOf(addr string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.links[addr]; l != nil {
		return slices.Index(b.backends, l.backend)
	}
	return -1
}

// cut resets both sides of the connection of the client at addr, and reports whether there was one.
func (b *balancer) cut(addr string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.links[addr]
	if l != nil {
		l.cut()
	}
	return l != nil
}
