package health

import (
	"net"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// limited is a listener that has at most a number of connections open. Above it does not wait, as
// golang.org/x/net/netutil.LimitListener does, because then nobody would be told: it closes the new one and counts it.
type limited struct {
	net.Listener
	slots   chan struct{}
	refused prometheus.Counter
}

func limit(ln net.Listener, most int, refused prometheus.Counter) net.Listener {
	return &limited{Listener: ln, slots: make(chan struct{}, most), refused: refused}
}

// Accept returns the next connection for which there is a slot.
func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.slots <- struct{}{}:
			return &slotted{Conn: conn, release: sync.OnceFunc(func() { <-l.slots })}, nil
		default:
			l.refused.Inc()
			_ = conn.Close()
		}
	}
}

// slotted gives its slot back when it is closed.
type slotted struct {
	net.Conn
	release func()
}

// Close closes the connection and frees its slot.
func (c *slotted) Close() error {
	defer c.release()
	return c.Conn.Close()
}
