package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Bounds of a gateway's coming and going.
const (
	readyTimeout = 30 * time.Second
	leaveTimeout = 15 * time.Second
	maxTail      = 8 << 10 // bytes of its stderr that are kept
)

// Gateway is a gateway in a process of its own. Stop ends it.
type Gateway struct {
	// URL is where clients connect, Ops its ops listener.
	URL, Ops string

	cmd     *exec.Cmd
	stderr  tail
	done    chan struct{}
	err     error // of the process; read after done
	leaving sync.Once
}

// unhindered are the settings with which a gateway's limits of rates are not what is measured. They are variables because
// a gateway that does not know one, an older build, says so in its log and goes on.
var unhindered = []string{
	"ALDIS_LISTEN=127.0.0.1:0", "ALDIS_OPS_LISTEN=127.0.0.1:0", "ALDIS_LOG_LEVEL=error", "ALDIS_DRAIN_WINDOW=10ms",
	"ALDIS_SIGNALS_PER_SECOND=1000000", "ALDIS_HANDSHAKES_PER_SECOND=1000000", "ALDIS_HANDSHAKES_LIMIT=1000000",
}

// StartGateway runs the aldis binary at path with "serve", on free loopback ports, set up for a load, and returns when
// it is ready. args are further flags; they win. Of this process's environment ALDIS_* is left out, so that what is
// measured is what is asked for.
func StartGateway(ctx context.Context, path string, load Load, args ...string) (*Gateway, error) {
	g := &Gateway{done: make(chan struct{})}
	g.cmd = exec.Command(path, append([]string{"serve"}, args...)...)
	g.cmd.Env = slices.Concat(unhindered, load.environ())
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ALDIS_") {
			g.cmd.Env = append(g.cmd.Env, entry)
		}
	}
	g.cmd.Stderr = &g.stderr
	apart(g.cmd)
	stdout, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if err := g.cmd.Start(); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	ready := make(chan struct{})
	go func() {
		defer close(g.done)
		g.read(stdout, ready)
		g.err = g.cmd.Wait()
	}()
	timer := time.NewTimer(readyTimeout)
	defer timer.Stop()
	select {
	case <-ready:
		return g, nil
	case <-g.done:
		if err := g.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New("gateway: it ended before it was ready")
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = errors.New("gateway: it did not get ready in time")
	}
	return nil, errors.Join(err, g.Stop())
}

// read takes the addresses from what serve tells a person, and the rest to its end.
func (g *Gateway) read(stdout io.Reader, ready chan<- struct{}) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), " "); name {
		case "Clients":
			g.URL = strings.TrimSpace(value)
		case "Operators":
			g.Ops = strings.TrimSpace(value)
			if g.URL != "" {
				close(ready)
				_, _ = io.Copy(io.Discard, stdout) // nothing more is of interest
				return
			}
		}
	}
}

// Done is closed when the process has ended.
func (g *Gateway) Done() <-chan struct{} { return g.done }

// Err says how the process ended, with the last line that it wrote to stderr; nil while it runs and after exit code 0.
func (g *Gateway) Err() error {
	select {
	case <-g.done:
	default:
		return nil
	}
	if g.err == nil {
		return nil
	}
	return fmt.Errorf("gateway: %w: %s", g.err, g.stderr.lastLine())
}

// Stop asks the gateway to leave, kills it where it does not, and returns how it ended.
func (g *Gateway) Stop() error {
	g.leaving.Do(func() {
		if g.cmd.Process.Signal(syscall.SIGTERM) != nil {
			_ = g.cmd.Process.Kill() // it has ended, or the system has no such signal
		}
		t := time.NewTimer(leaveTimeout)
		defer t.Stop()
		select {
		case <-g.done:
		case <-t.C:
			_ = g.cmd.Process.Kill()
		}
	})
	<-g.done
	return g.Err()
}

// tail is a writer that keeps the end of what it is given.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - maxTail; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(b), nil
}

func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := strings.TrimSpace(string(t.text))
	return s[strings.LastIndexByte(s, '\n')+1:]
}
