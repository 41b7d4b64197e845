package cli

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// startFailure says what kept the gateway from starting. Where it could not listen, it names the setting, the address
// and what to do.
func startFailure(o app.Options, err error) *failure {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "listen" {
		return failed(exitFailed, fmt.Errorf("start: %w", err))
	}
	name, addr := "listen", o.Listen
	if op.Addr != nil {
		if addr = op.Addr.String(); !sameAddr(o.Listen, addr) && sameAddr(o.OpsListen, addr) {
			name = "ops-listen"
		}
	}
	var why string
	switch {
	case errors.Is(err, syscall.EADDRINUSE) && sameAddr(o.Listen, o.OpsListen):
		return failed(exitListen, fmt.Errorf("listen and ops-listen are both %s; choose another for one of them", addr))
	case errors.Is(err, syscall.EADDRINUSE):
		why = "is taken by another process; choose another"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		why = "is not an address of this machine; choose another"
	case errors.Is(err, syscall.EACCES):
		why = "needs a privilege that this process does not have; choose a port above 1023"
	default:
		why = op.Err.Error() + "; choose another"
	}
	return failed(exitListen, fmt.Errorf("%s: %s %s with --%s", name, addr, why, name))
}

// sameAddr reports whether two addresses are the same once names are looked up.
func sameAddr(a, b string) bool {
	x, errX := net.ResolveTCPAddr("tcp", a)
	y, errY := net.ResolveTCPAddr("tcp", b)
	return errX == nil && errY == nil && x.String() == y.String()
}
