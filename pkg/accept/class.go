package accept

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Class says what an error of accept(2) is about, and so what follows from it.
type Class string

const (
	// ClassConnection: this one connection failed. It is counted and the next one taken at once.
	ClassConnection Class = "connection"
	// ClassResources: the process or the machine is short of something. One connection is shed, or the loop waits a
	// moment, and goes on.
	ClassResources Class = "resources"
	// ClassListener: the listening socket is of no use any more. It is opened anew on the same address.
	ClassListener Class = "listener"
)

// Classes are all there are.
var Classes = []Class{ClassConnection, ClassResources, ClassListener}

// classes is what accept(2) and the registration of its descriptor (epoll_ctl(2)) may give on Linux. docs/accept.md has the
// same table.
var classes = map[syscall.Errno]Class{
	// The peer was gone, or the network had an error ready for it: accept(2) passes those on.
	syscall.ECONNABORTED: ClassConnection,
	syscall.ECONNRESET:   ClassConnection,
	syscall.ENOTCONN:     ClassConnection, // the address of a peer that is gone
	syscall.EPROTO:       ClassConnection,
	syscall.ENOPROTOOPT:  ClassConnection,
	syscall.ENETDOWN:     ClassConnection,
	syscall.ENETUNREACH:  ClassConnection,
	syscall.EHOSTDOWN:    ClassConnection,
	syscall.EHOSTUNREACH: ClassConnection,
	enonet:               ClassConnection,
	syscall.ETIMEDOUT:    ClassConnection,
	syscall.EPERM:        ClassConnection, // a firewall's rule
	syscall.EACCES:       ClassConnection,
	syscall.EINTR:        ClassConnection, // nothing happened
	syscall.EAGAIN:       ClassConnection, // another took it
	syscall.EOPNOTSUPP:   ClassConnection,
	syscall.EEXIST:       ClassConnection, // the new descriptor could not be registered

	syscall.EMFILE:  ClassResources, // descriptors of the process
	syscall.ENFILE:  ClassResources, // descriptors of the machine
	syscall.ENOBUFS: ClassResources,
	syscall.ENOMEM:  ClassResources,
	syscall.ENOSPC:  ClassResources, // epoll watches of the user

	syscall.EBADF:    ClassListener,
	syscall.EINVAL:   ClassListener, // shut down: it does not listen
	syscall.ENOTSOCK: ClassListener,
	syscall.EFAULT:   ClassListener,
}

// classify returns the class of an error of Accept, and its errno's name for logs and metrics. What is not known is
// the listener's: opening it anew is the one cure that needs no diagnosis.
func classify(err error) (Class, string) {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		if c, ok := classes[errno]; ok {
			return c, unix.ErrnoName(errno)
		}
		return ClassListener, "other"
	case errors.Is(err, errNoAddress):
		return ClassConnection, "no_address"
	case errors.Is(err, net.ErrClosed):
		return ClassListener, "closed"
	}
	var temporary interface{ Temporary() bool }
	if errors.As(err, &temporary) && temporary.Temporary() {
		return ClassConnection, "temporary"
	}
	return ClassListener, "other"
}

// errNoAddress is a connection whose peer's address cannot be told: it was gone before it was there.
var errNoAddress = errors.New("the peer has no address")
