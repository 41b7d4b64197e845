package redistest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReservePort(t *testing.T) {
	t.Parallel()
	seen := make(map[int]bool)
	for range 200 {
		p, err := reservePort()
		if err != nil {
			t.Fatal(err)
		}
		defer p.release()
		if seen[p.number] || p.number < portLow || p.number >= portHigh {
			t.Errorf("port %d: out of range, or given twice", p.number)
		}
		seen[p.number] = true
	}
	p, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	if l, err := net.Listen(lockAddress(p.number)); err == nil {
		_ = l.Close()
		t.Errorf("port %d can be had by another", p.number)
	}
	p.release()
	l, err := net.Listen(lockAddress(p.number))
	if err != nil {
		t.Fatalf("port %d cannot be had after its release: %v", p.number, err)
	}
	_ = l.Close()
}

// A port that something else took, the bus's too, is told from other reasons why a server ends.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines  string
		offset int
	}{"its own": {"", 0}, "the bus's": {clusterLines, busOffset}} {
		t.Run(name, func(t *testing.T) {
			s := Start(t)
			s.Kill()
			l, err := net.Listen("tcp", address(s.port.number+c.offset))
			if err != nil {
				t.Fatal(err)
			}
			s.setup.lines = c.lines
			if err := s.setup.write(s.dir, s.port.number); err != nil {
				t.Fatal(err)
			}
			if err := s.run(t); !errors.Is(err, errPortTaken) {
				t.Errorf("taken: %v", err)
			}
			_ = l.Close()
			s.Restart(t, false)
		})
	}
}

// The log of a server that does not start is shown, and the test ends.
func TestBadConfig(t *testing.T) {
	t.Parallel()
	r := record(t, func(t testing.TB) { Start(t, "--no-such-setting", "1") })
	if !strings.Contains(r.fatal, "ended at once") || !strings.Contains(r.log, "no-such-setting") {
		t.Errorf("fatal %q, log %q", r.fatal, r.log)
	}
}

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if r := record(t, func(t testing.TB) { Start(t) }); !strings.Contains(r.fatal, "hack/deps") {
		t.Errorf("fatal %q", r.fatal)
	}
}

// The files are the test's: none is left elsewhere.
func TestFiles(t *testing.T) {
	t.Parallel()
	s := Start(t, "--appendonly", "yes")
	s.Do(t, "SET", "a", 1)
	for _, name := range []string{configFile, logFile, filepath.Join(dataDir, "appendonlydir")} {
		if _, err := os.Stat(filepath.Join(s.dir, name)); err != nil {
			t.Error(err)
		}
	}
	if len(s.said(0)) == 0 {
		t.Error("the log is empty")
	}
}
