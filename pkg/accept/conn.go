package accept

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"

	proxyproto "github.com/pires/go-proxyproto"
)

// conn is one connection of the door, below PROXY protocol and TLS. It gives its places back when it is closed, and
// until it belongs to a session no deadline that others set reaches beyond its own.
type conn struct {
	net.Conn
	door *Door
	// over: it is above the bound on connections and only here to be told no.
	over bool

	mu       sync.Mutex
	addr     netip.Prefix // what it counts for in door.addresses; zero: nothing
	until    time.Time    // end of the handshake
	session  bool
	closed   bool
	handover bool // its handshake place was given back
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.clamp(t)) }

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.clamp(t)) }

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.clamp(t)) }

func (c *conn) clamp(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.session && (t.IsZero() || t.After(c.until)) {
		return c.until
	}
	return t
}

// begin gives the connection time for one more request. The write deadline has to be set anew: net/http sets none.
func (c *conn) begin(d time.Duration) {
	if c.over {
		return
	}
	c.mu.Lock()
	c.until = time.Now().Add(d)
	until := c.until
	c.mu.Unlock()
	_ = c.Conn.SetDeadline(until) // a dead socket says so at the next read
}

// count has the connection count for p from here, in place of what it counted for: a proxy's connection brings requests
// of many clients, one after the other. It reports false, and changes nothing, where p has its most.
func (c *conn) count(p netip.Prefix) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || p == c.addr {
		return true
	}
	if !c.door.addresses.enter(p) {
		return false
	}
	c.door.addresses.leave(c.addr)
	c.addr = p
	return true
}

// upgraded says that the connection is a session's: it has a place of its own and no deadline from here.
func (c *conn) upgraded() {
	c.mu.Lock()
	c.session = true
	c.mu.Unlock()
	c.leaveHandshake()
	_ = c.Conn.SetDeadline(time.Time{}) // a dead socket says so at the next read
}

func (c *conn) leaveHandshake() {
	c.mu.Lock()
	first := !c.handover
	c.handover = true
	c.mu.Unlock()
	if first && !c.over {
		c.door.handshakes.give()
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.mu.Lock()
	first, addr := !c.closed, c.addr
	c.closed = true
	c.mu.Unlock()
	err := c.Conn.Close()
	if first {
		c.leaveHandshake()
		c.door.addresses.leave(addr)
		if c.over {
			c.door.overs.give()
		} else {
			c.door.places.give()
		}
	}
	return err
}

// bottom returns the door's connection below whatever stands on it, nil where there is none.
func bottom(c net.Conn) *conn {
	for {
		switch t := c.(type) {
		case *conn:
			return t
		case *tls.Conn:
			c = t.NetConn()
		case *proxyproto.Conn:
			c = t.Raw()
		default:
			return nil
		}
	}
}
