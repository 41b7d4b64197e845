package bench

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync/atomic"
)

// portsPerAddress is how many sockets one local address gives to one gateway: Linux has 28,232 ports for them unless
// net.ipv4.ip_local_port_range says otherwise.
const portsPerAddress = 25_000

// maxAddresses bounds the loopback addresses in use: 127.0.0.1 to 127.0.0.250.
const maxAddresses = 250

// dialFunc opens a TCP connection, as client.Options has it.
type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialFrom returns how to reach the gateway at raw with so many ports: nil, the usual way, where one local address has
// enough; from 127.0.0.1, 127.0.0.2 and so on in turn where the gateway is on this machine. Elsewhere it is an error.
func dialFrom(raw string, ports int) (dialFunc, error) {
	need := (ports + portsPerAddress - 1) / portsPerAddress
	if need <= 1 {
		return nil, nil
	}
	if !onLoopback(raw) || need > maxAddresses {
		most := portsPerAddress
		if onLoopback(raw) {
			most *= maxAddresses
		}
		return nil, fmt.Errorf("%d sockets are more than this machine has ports for: it has %d to one gateway; run it on several machines",
			ports, most)
	}
	var turn atomic.Uint64
	return func(ctx context.Context, _, addr string) (net.Conn, error) {
		i := (turn.Add(1) - 1) % uint64(need)
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i))}}
		return d.DialContext(ctx, "tcp4", addr)
	}, nil
}

// onLoopback reports whether a gateway's URL names this machine by IPv4.
func onLoopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Is4() && ip.IsLoopback()
}
