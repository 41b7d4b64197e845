package redistest

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// attributes ask for a process group and for the child's end with the test binary.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// stopped reports whether SIGSTOP has taken effect: state T (proc_pid_stat(5)).
func stopped(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return bytes.HasPrefix(state, []byte("T"))
}

// lockAddress is where a listener marks a port as taken: an abstract socket, which leaves no file and, like the port, belongs
// to the network namespace (unix(7)).
func lockAddress(port int) (network, address string) {
	return "unix", fmt.Sprintf("@aldis-redistest-%d", port)
}
