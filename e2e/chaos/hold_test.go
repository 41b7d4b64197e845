package chaos

import (
	"context"
	"fmt"
	"net"
)

// heldAway is how many of the crowd have no socket while the store loses what it had.
const heldAway = 5

// holdAway cuts the sockets of some peers, which do not come back before release is called: what is sent to them waits in
// the store.
func (w *world) holdAway(o *outcome) (release func()) {
	gate := make(chan struct{})
	var names []string
	for _, i := range w.rand.Perm(len(w.crowd.peers))[:heldAway] {
		p := w.crowd.peers[i]
		p.mu.Lock()
		p.gate = gate
		p.mu.Unlock()
		p.cut(w.balancer)
		names = append(names, string(p.name))
	}
	o.hint = fmt.Sprintf("%v away", names)
	return func() { close(gate) }
}

// dial is the peer's, through the gate where that is shut.
func (p *peer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		p.mu.Lock()
		p.addr = conn.LocalAddr().String()
		p.mu.Unlock()
	}
	return conn, err
}
