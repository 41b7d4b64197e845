package redistest

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// orphanEnv makes TestOrphan the test binary that is killed.
const orphanEnv = "REDISTEST_ORPHAN"

// A test binary that is killed takes its servers along, a frozen one too, and its ports can be had again.
func TestOrphan(t *testing.T) {
	t.Parallel()
	if os.Getenv(orphanEnv) != "" {
		s, frozen := Start(t), Start(t)
		frozen.Freeze()
		fmt.Println(s.port.number, frozen.port.number)
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestOrphan$")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), orphanEnv+"=1", "TMPDIR="+t.TempDir())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ports [2]int
	_, err = fmt.Fscan(out, &ports[0], &ports[1])
	var conns [2]net.Conn
	for i, n := range ports {
		if l, err := net.Listen(lockAddress(n)); err == nil {
			_ = l.Close()
			t.Errorf("port %d is not marked as taken", n)
		}
		var dialErr error
		if conns[i], dialErr = net.Dial("tcp", address(n)); dialErr != nil {
			t.Errorf("port %d: %v", n, dialErr)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil || t.Failed() {
		t.Fatalf("the other test binary: %v", err)
	}
	for i, c := range conns {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); os.IsTimeout(err) {
			t.Errorf("the server on port %d lives on", ports[i])
		}
		_ = c.Close()
		l, err := net.Listen(lockAddress(ports[i]))
		if err != nil {
			t.Errorf("port %d is marked as taken for ever: %v", ports[i], err)
			continue
		}
		_ = l.Close()
	}
}
