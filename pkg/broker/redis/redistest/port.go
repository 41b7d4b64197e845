package redistest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from portLow to portHigh, and each stands for the port of a Cluster's bus too, busOffset above it (Redis
// Cluster specification, "the cluster bus port"). All lie below 32768, where Linux begins to take ports for outgoing
// connections: nothing dials out from the port of a server that is down, not even a client that tries to reach it.
const (
	portLow   = 12000
	portHigh  = 22000
	busOffset = 10000
)

// errPortTaken is what a server ends with that could not listen.
var errPortTaken = errors.New("the port is taken")

// port is one that this process alone may give to a server.
type port struct {
	number int
	lock   net.Listener // what other test binaries see of it; ends with this process at the latest
}

// reservePort returns a port that is free now and no other test binary's before release.
func reservePort() (*port, error) {
	for range 500 {
		n := portLow + rand.IntN(portHigh-portLow)
		lock, err := net.Listen(lockAddress(n))
		if err != nil {
			continue
		}
		if free(n) && free(n+busOffset) {
			return &port{n, lock}, nil
		}
		_ = lock.Close()
	}
	return nil, fmt.Errorf("no free port from %d to %d", portLow, portHigh)
}

func free(n int) bool {
	l, err := net.Listen("tcp", address(n))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func (p *port) release() { _ = p.lock.Close() }

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
