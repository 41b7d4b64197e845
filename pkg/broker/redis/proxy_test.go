package redis

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// proxy stands between one pod and a server, and can stand still: connections stay, new ones are taken, nothing passes. What was
// on its way then passes when it goes on.
type proxy struct {
	listener net.Listener
	tasks    sync.WaitGroup

	mu      sync.Mutex
	open    chan struct{} // closed while bytes pass
	target  string
	conns   map[net.Conn]bool // true: it has asked to listen to a channel
	ended   bool
	trap    []byte // a request with these bytes closes the gate before it passes
	trapped chan struct{}
}

func startProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &proxy{listener: l, target: target, open: make(chan struct{}), conns: make(map[net.Conn]bool)}
	close(x.open)
	x.tasks.Go(x.accept)
	t.Cleanup(x.end)
	return x
}

func (x *proxy) addr() string { return x.listener.Addr().String() }

func (x *proxy) end() {
	_ = x.listener.Close()
	x.mu.Lock()
	x.ended = true
	for c := range x.conns {
		_ = c.Close()
	}
	x.mu.Unlock()
	x.heal()
	x.tasks.Wait()
}

// cut lets nothing pass any more.
func (x *proxy) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shut()
}

// shut is cut with mu held.
func (x *proxy) shut() {
	select {
	case <-x.open:
		x.open = make(chan struct{})
	default:
	}
}

// heal lets everything pass again, and what was held first.
func (x *proxy) heal() {
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case <-x.open:
	default:
		close(x.open)
	}
}

// drop ends all connections, with what they hold.
func (x *proxy) drop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.conns {
		_ = c.Close()
	}
}

// redirect sends new connections to another server and ends those that there are, but for the ones that listen to a channel.
func (x *proxy) redirect(target string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.target = target
	for c, listens := range x.conns {
		if !listens {
			_ = c.Close()
		}
	}
}

// cutAt cuts before the first request that has these bytes; the channel is closed then.
func (x *proxy) cutAt(request string) <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.trap, x.trapped = []byte(request), make(chan struct{})
	return x.trapped
}

// await waits until bytes pass; client bytes may spring the trap.
func (x *proxy) await(request []byte) {
	x.mu.Lock()
	if x.trap != nil && bytes.Contains(request, x.trap) {
		x.trap = nil
		close(x.trapped)
		x.shut()
	}
	open := x.open
	x.mu.Unlock()
	<-open
}

// keep says that a connection is open, unless the proxy has ended.
func (x *proxy) keep(c net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		_ = c.Close()
		return false
	}
	x.conns[c] = false
	return true
}

func (x *proxy) accept() {
	for {
		c, err := x.listener.Accept()
		if err != nil {
			return
		}
		if x.keep(c) {
			x.tasks.Go(func() { x.serve(c) })
		}
	}
}

func (x *proxy) serve(client net.Conn) {
	x.await(nil)
	x.mu.Lock()
	target := x.target
	x.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil {
		_ = client.Close()
		return
	}
	if !x.keep(server) {
		_ = client.Close()
		return
	}
	x.tasks.Go(func() { x.pass(server, client, false) })
	x.pass(client, server, true)
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.conns, client)
	delete(x.conns, server)
}

func (x *proxy) pass(from, to net.Conn, requests bool) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if requests {
			if bytes.Contains(buf[:n], []byte("ssubscribe")) {
				x.mu.Lock()
				x.conns[from], x.conns[to] = true, true
				x.mu.Unlock()
			}
			x.await(buf[:n])
		} else {
			x.await(nil)
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
