// Package ice says which ICE servers a peer is told to use. It keeps no state of its own; the servers come from the
// configuration.
package ice

import (
	"fmt"
	"strings"
	"time"
)

// Server has the shape of W3C's RTCIceServer.
type Server struct {
	URLs       []string
	Username   string
	Credential string
}

// Set is what one peer is given: servers, and how long their credentials are good for.
type Set struct {
	Servers []Server
	TTL     time.Duration
}

// Config lists the servers that everybody gets.
type Config struct {
	// Servers are STUN or TURN URLs (RFC 7064, RFC 7065): none by default, which suffices on one network.
	Servers []string
	// TTL is what clients are told; before it ends they get the list anew: 1 h.
	TTL time.Duration
}

// WithDefaults returns c with its zero fields set to the defaults.
func (c Config) WithDefaults() Config {
	if c.TTL == 0 {
		c.TTL = time.Hour
	}
	return c
}

// Validate names the first field that is out of range, by its setting's name.
func (c Config) Validate() error {
	for _, u := range c.Servers {
		scheme, host, _ := strings.Cut(u, ":")
		switch scheme {
		case "stun", "stuns", "turn", "turns":
		default:
			return fmt.Errorf("ice-servers: %q starts with none of stun:, stuns:, turn:, turns: as it must", u)
		}
		if host == "" || strings.HasPrefix(host, "/") {
			return fmt.Errorf("ice-servers: %q names no host; write %s:host:port", u, scheme)
		}
	}
	if len(c.Servers) > 16 {
		return fmt.Errorf("ice-servers: %d are more than 16", len(c.Servers))
	}
	if c.TTL < time.Second || c.TTL > 48*time.Hour {
		return fmt.Errorf("ice-ttl: %v is not from 1s to 48h", c.TTL)
	}
	return nil
}

// Provider gives each peer its servers.
type Provider struct{ set Set }

// New returns a Provider of the configured servers.
func New(c Config) *Provider {
	p := &Provider{set: Set{TTL: c.TTL}}
	for _, u := range c.Servers {
		p.set.Servers = append(p.set.Servers, Server{URLs: []string{u}})
	}
	return p
}

// For returns the servers for a peer of an app.
func (p *Provider) For(app, peer string) Set { return p.set }
