package redistest

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// patience bounds each wait for something that takes milliseconds on an idle machine.
const patience = 20 * time.Second

// process is a child in a process group of its own, which holds what it forks too (such as the rewrite of an append-only file).
type process struct {
	pid  int
	done chan struct{} // closed when the child has ended and was waited for
}

// spawn starts argv with its output in log.
func spawn(argv []string, dir string, log *os.File) (*process, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = dir, log, log, attributes()
	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel ends the child with the thread that made it (prctl(2), PR_SET_PDEATHSIG), so this thread is kept.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // mostly "killed", which is what was asked for
			close(p.done)
		}
	}()
	return p, <-started
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends sig to the whole group, unless the child has ended.
func (p *process) signal(sig syscall.Signal) error {
	if p.ended() {
		return os.ErrProcessDone
	}
	return syscall.Kill(-p.pid, sig)
}

// kill ends the group, frozen or not, and reports whether it ended within patience.
func (p *process) kill() bool {
	_ = p.signal(syscall.SIGCONT)
	_ = p.signal(syscall.SIGKILL)
	select {
	case <-p.done:
		return true
	case <-time.After(patience):
		return false
	}
}

// freeze stops the group and reports whether it stood still within patience.
func (p *process) freeze() bool {
	if p.signal(syscall.SIGSTOP) != nil {
		return false
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !stopped(p.pid) {
		select {
		case <-p.done:
			return false
		case <-limit:
			return false
		case <-tick.C:
		}
	}
	return true
}
