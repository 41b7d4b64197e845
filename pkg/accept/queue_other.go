//go:build !linux

package accept

import (
	"net"
	"syscall"
)

// queueOf cannot be told on this system: the loop's clock and the self-dial remain.
func queueOf(net.Listener) (waiting, limit int, ok bool) { return 0, 0, false }

// enonet does not exist here.
const enonet = syscall.Errno(0x7fff)
