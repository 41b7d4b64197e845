package accept

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// queueOf returns how many connections wait in the kernel for accept, and how many may: TCP_INFO of a listening socket
// (tcpi_unacked and tcpi_sacked there).
func queueOf(ln net.Listener) (waiting, limit int, ok bool) {
	sc, is := ln.(syscall.Conn)
	if !is {
		return 0, 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	err = raw.Control(func(fd uintptr) {
		info, infoErr := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if infoErr == nil {
			waiting, limit, ok = int(info.Unacked), int(info.Sacked), true
		}
	})
	return waiting, limit, ok && err == nil
}

// enonet is the one error of accept(2) that other systems do not have.
const enonet = syscall.ENONET
