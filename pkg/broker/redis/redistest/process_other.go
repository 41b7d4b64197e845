//go:build unix && !linux

package redistest

import "syscall"

// attributes ask for a process group. A test binary that is killed leaves its servers behind.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// stopped takes SIGSTOP to have effect at once.
func stopped(int) bool { return true }

// lockAddress is where a listener marks a port as taken: another port, above those that servers get.
func lockAddress(port int) (network, addr string) { return "tcp", address(port + 2*busOffset) }
