package accept

import (
	"net"
	"syscall"
	"time"
)

// spareMost is how many of the last descriptors are for no connection: for probes, which are most wanted when there are none
// left, for the reserve and for files. Of few descriptors it is an eighth.
const spareMost = 16

// scarce reports whether a connection that was accepted took one of the last descriptors. The kernel gives the lowest number that
// is free (POSIX.1-2024, section 2.14 of the system interfaces), so a high one says that those below are in use, by whomever: the
// bound on connections knows only of connections.
func scarce(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false // it is closed, which whoever reads it will see
	}
	limit := Descriptors()
	number := 0
	return raw.Control(func(fd uintptr) { number = int(fd) }) == nil && number >= limit-min(spareMost, limit/8)
}

// lacking reports whether a connection is one too many for the descriptors: the reserve cannot be held beside it, or it has one of
// the last. Such a one is told no. Were it kept, there would be nothing to say no to the next one with.
func (l *listener) lacking(c net.Conn) bool {
	if l.reserve.hold() && !scarce(c) {
		return false
	}
	l.shortAt.Store(l.clock())
	tell(c)
	_ = l.reserve.hold() // or the next connection sees that it is not
	l.metrics.shed(reasonDescriptors)
	l.warn("accept: connection shed", "stage", "accept", "reason", reasonDescriptors, "remote", c.RemoteAddr().String())
	return true
}

// tell says no to a connection, waiting for nothing, and closes it.
func tell(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(shedWait))
	_, _ = c.Write([]byte(overloadedAnswer))
	_ = c.Close()
}
