package accept

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Config bounds the door. The zero value of a field means its default.
type Config struct {
	// Connections is how many connections are kept at once; 0: as many as the descriptors allow less Headroom. Above
	// it requests are answered 503.
	Connections int
	// Handshakes is how many connections may be on their way to a session, pages included: 1,024. Above it: 503.
	Handshakes int
	// HandshakesPerSecond is the rate of requests for a session: 1,000, with two seconds' worth at once. Above it: 503.
	HandshakesPerSecond float64
	// HandshakeTimeout is how long a connection has from accept to its session, TLS and headers included: 10 s.
	HandshakeTimeout time.Duration
	// AddressConnections is how many connections one address (IPv6: one /64) may have: 1,000. Above it: 429. Loopback is
	// exempt, and so are trusted proxies before they have said for whom they come.
	AddressConnections int
	// ProxyFrom are the networks from which a PROXY protocol header, version 1 or 2, is read.
	ProxyFrom []netip.Prefix
	// ForwardedFrom are the proxies whose Forwarded (RFC 7239) or X-Forwarded-For is believed.
	ForwardedFrom []netip.Prefix
	// TLSCert and TLSKey are PEM files; both or none. They are read again when they change.
	TLSCert, TLSKey string
}

// Descriptors that are not for connections.
const (
	// shedPlaces is how many connections above the bound are kept at once to be told no; Headroom includes them.
	shedPlaces = 32
	// Headroom is what is left to the ops listener, the store, files and refusals.
	Headroom = 96
	// smallest is the fewest connections that make a gateway.
	smallest = 16
)

// WithDefaults returns c with its zero fields set to the defaults.
func (c Config) WithDefaults() Config {
	if c.Handshakes == 0 {
		c.Handshakes = 1024
	}
	if c.HandshakesPerSecond == 0 {
		c.HandshakesPerSecond = 1000
	}
	if c.HandshakeTimeout == 0 {
		c.HandshakeTimeout = 10 * time.Second
	}
	if c.AddressConnections == 0 {
		c.AddressConnections = 1000
	}
	return c
}

// Validate names the first field that is out of range, by its setting's name.
func (c Config) Validate() error {
	if most := mostConnections(); c.Connections != 0 && (c.Connections < smallest || c.Connections > most) {
		return fmt.Errorf("connections-limit: %d is not from %d to %d: the descriptor limit, %d, less %d for other uses",
			c.Connections, smallest, most, Descriptors(), Headroom)
	}
	for _, n := range []struct {
		name string
		v    int
	}{{"handshakes-limit", c.Handshakes}, {"connections-per-address", c.AddressConnections}} {
		if n.v < 1 || n.v > 10_000_000 {
			return fmt.Errorf("%s: %d is not from 1 to 10000000", n.name, n.v)
		}
	}
	if !(c.HandshakesPerSecond > 0 && c.HandshakesPerSecond <= 1e6) {
		return fmt.Errorf("handshakes-per-second: %v is not above 0 and up to 1e6", c.HandshakesPerSecond)
	}
	if c.HandshakeTimeout < 100*time.Millisecond || c.HandshakeTimeout > time.Minute {
		return fmt.Errorf("handshake-timeout: %v is not from 100ms to 1m", c.HandshakeTimeout)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("tls-cert, tls-key: one is set and the other is not; set both or none")
	}
	return nil
}

// connections returns the bound on connections.
func (c Config) connections() int {
	if c.Connections == 0 {
		return mostConnections()
	}
	return c.Connections
}

func mostConnections() int { return max(smallest, Descriptors()-Headroom) }

// Descriptors returns how many this process may have: the soft limit, which Go raises to the hard one at start.
func Descriptors() int {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 1024
	}
	return int(min(r.Cur, 1<<30))
}
