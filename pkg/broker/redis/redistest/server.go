package redistest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one redis-server process, or what is left of it between Kill and Restart. All methods may be called concurrently.
type Server struct {
	t     testing.TB // the test that started it; methods without one of their own report to it
	setup setup
	bin   string
	dir   string
	port  *port

	mu     sync.Mutex // held while the process is started, killed, frozen or thawed
	proc   *process   // nil before the first start
	frozen bool
}

// Start starts a server without persistence that evicts nothing. config is more of redis-server's command line, such as
// "--appendonly", "yes". The server answers when Start returns.
func Start(t testing.TB, config ...string) *Server {
	t.Helper()
	return launch(t, setup{args: config})
}

func launch(t testing.TB, c setup) *Server {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("redis-server is not installed: run hack/deps, or install the package redis-server (7.0 or newer)")
	}
	s := &Server{t: t, setup: c, bin: bin, dir: t.TempDir()}
	t.Cleanup(func() {
		s.Kill()
		if s.port != nil {
			s.port.release()
		}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 10 { // what is no test may take the port between its choice and its use
		if s.port, err = reservePort(); err != nil {
			break
		}
		if err = c.write(s.dir, s.port.number); err != nil {
			break
		}
		if err = s.run(t); !errors.Is(err, errPortTaken) {
			break
		}
		s.port.release()
	}
	if err != nil {
		t.Fatalf("redis-server: %v", err)
	}
	return s
}

// Addr returns host:port, the same over restarts.
func (s *Server) Addr() string { return address(s.port.number) }

// Log returns the file that the server's log goes to, in the test's folder.
func (s *Server) Log() string { return filepath.Join(s.dir, logFile) }

// Kill ends the process with SIGKILL, frozen or not, and waits for its end. One that has ended already is left at that.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil && !s.proc.kill() {
		s.t.Errorf("redis-server %s: still there %v after SIGKILL", s.Addr(), patience)
	}
}

// Restart starts a killed server again, on its port and with its configuration, the role included that a Sentinel or a
// Cluster gave it. Empty removes its data first; without persistence there are none. The server answers when Restart returns.
func (s *Server) Restart(t testing.TB, empty bool) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.proc.ended() {
		t.Fatalf("redis-server %s: Restart without Kill", s.Addr())
	}
	if empty {
		data := filepath.Join(s.dir, dataDir)
		if err := errors.Join(os.RemoveAll(data), os.Mkdir(data, 0o700)); err != nil {
			t.Fatalf("redis-server %s: %v", s.Addr(), err)
		}
	}
	err := s.run(t)
	for deadline := time.Now().Add(patience); errors.Is(err, errPortTaken) && time.Now().Before(deadline); {
		err = s.run(t) // a child that the killed process had just forked may hold the port for a moment
	}
	if err != nil {
		t.Fatalf("redis-server %s: %v", s.Addr(), err)
	}
}

// Freeze stops the process with SIGSTOP: connections stay, the kernel takes new ones, nothing is answered.
func (s *Server) Freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen = s.proc.freeze(); !s.frozen {
		s.t.Errorf("redis-server %s: cannot be frozen", s.Addr())
	}
}

// Thaw lets a frozen process go on.
func (s *Server) Thaw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.proc.signal(syscall.SIGCONT); err != nil {
		s.t.Errorf("redis-server %s: cannot be thawed: %v", s.Addr(), err)
	}
	s.frozen = false
}

// up reports whether it makes sense to ask the server something; a frozen one would take the time of its answer.
func (s *Server) up() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.frozen && !s.proc.ended()
}

// run starts the process and returns when it answers and has loaded its data; mu is held. Its log is shown if that fails.
func (s *Server) run(t testing.TB) error {
	t.Helper()
	log, err := os.OpenFile(s.Log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	before, err := log.Stat()
	if err != nil {
		return err
	}
	argv := append([]string{s.bin, filepath.Join(s.dir, configFile)}, s.setup.args...)
	p, err := spawn(argv, s.dir, log)
	if err != nil {
		return err
	}
	s.proc, s.frozen = p, false
	if err = s.ready(p); err == nil && s.setup.started != nil {
		err = s.setup.started(s)
	}
	if err == nil {
		return nil
	}
	p.kill()
	said := s.said(before.Size())
	if portTaken(said) {
		return errPortTaken
	}
	t.Logf("log of redis-server %s:\n%s", s.Addr(), said)
	return err
}

// ready waits until p, and no other process on its port, answers with its data loaded.
func (s *Server) ready(p *process) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		info, err := s.tryInfo("default")
		if err == nil && info["process_id"] == strconv.Itoa(p.pid) && info["loading"] != "1" {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("it ended at once")
		case <-limit:
			return fmt.Errorf("it did not answer within %v: %w", patience, err)
		case <-tick.C:
		}
	}
}
