//go:build unix

package bench

import (
	"os/exec"
	"syscall"
	"time"
)

// descriptorLimit returns RLIMIT_NOFILE of this process, false where it is not known.
func descriptorLimit() (uint64, bool) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, false
	}
	return uint64(l.Cur), true
}

// cpuTime returns the CPU time of this process, 0 where it is not known.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// apart keeps a child out of the terminal's process group: Ctrl-C is for us, and we stop the child when it is done with.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
