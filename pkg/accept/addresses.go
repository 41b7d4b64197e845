package accept

import (
	"net"
	"net/netip"
	"sync"
)

// addresses counts connections by client address, IPv6 by /64, which is what one subscriber has.
type addresses struct {
	most int
	mu   sync.Mutex
	open map[netip.Prefix]int
}

func newAddresses(most int) *addresses {
	return &addresses{most: most, open: make(map[netip.Prefix]int)}
}

// network returns what an address counts for. Loopback counts for nothing: it is tests, sidecars and the gateway itself.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.IsLoopback() {
		return netip.Prefix{}
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // these lengths fit
	return p
}

// enter counts one more, or reports false where the network has its most.
func (a *addresses) enter(p netip.Prefix) bool {
	if !p.IsValid() {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[p] >= a.most {
		return false
	}
	a.open[p]++
	return true
}

func (a *addresses) leave(p netip.Prefix) {
	if !p.IsValid() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[p]--; a.open[p] <= 0 {
		delete(a.open, p)
	}
}

// addrOf returns the IP of a network address, the zero Addr where it has none.
func addrOf(a net.Addr) netip.Addr {
	if a == nil {
		return netip.Addr{}
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// within reports whether one of the networks has the address.
func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
