package doortest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Bounds of a gateway's coming and going.
const (
	buildTimeout = 10 * time.Minute
	startTimeout = time.Minute
	stopTimeout  = 40 * time.Second
)

// Build builds the aldis command of this module into dir, with the race detector if asked to, and returns its path.
func Build(ctx context.Context, dir string, race bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	path := dir + "/aldis"
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	out, err := exec.CommandContext(ctx, "go", append(args, "github.com/aldis-rtc/aldis/cmd/aldis")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// Gateway is aldis serve in a process of its own. Stop ends it.
type Gateway struct {
	// URL is where clients connect, Addr the address in it, Ops the URL of the ops listener.
	URL, Addr, Ops string

	cmd  *exec.Cmd
	log  *record
	done chan struct{}
	err  error // of the process; read after done
	once sync.Once
}

// Start runs binary serve on free loopback ports with at most so many descriptors (0: as many as this process) and with
// args, and returns when it listens. Variables ALDIS_* are not passed on.
func Start(ctx context.Context, binary string, descriptors int, args ...string) (*Gateway, error) {
	g := &Gateway{log: newRecord(), done: make(chan struct{})}
	script := `exec "$0" "$@"`
	if descriptors > 0 {
		script = fmt.Sprintf("ulimit -n %d && %s", descriptors, script)
	}
	g.cmd = exec.Command("sh", append([]string{"-c", script, binary, "serve", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0",
		"--log-format=json", "--drain-window=10ms"}, args...)...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ALDIS_") {
			g.cmd.Env = append(g.cmd.Env, entry)
		}
	}
	g.cmd.Stderr = g.log
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for who started it
	stdout, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	listens := make(chan struct{})
	go func() {
		defer close(g.done)
		g.read(stdout, listens)
		g.err = g.cmd.Wait()
	}()
	timer := time.NewTimer(startTimeout)
	defer timer.Stop()
	select {
	case <-listens:
		return g, nil
	case <-g.done:
		return nil, fmt.Errorf("gateway: it ended before it listened: %w: %s", g.err, g.log)
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = errors.New("gateway: it does not listen")
	}
	return nil, errors.Join(err, g.Stop())
}

// read takes the addresses from what serve tells a person, and the rest to its end.
func (g *Gateway) read(stdout io.Reader, listens chan<- struct{}) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch value = strings.TrimSpace(value); name {
		case "Clients":
			if u, err := url.Parse(value); err == nil {
				g.URL, g.Addr = value, u.Host
			}
		case "Operators":
			g.Ops = value
			close(listens)
		}
	}
}

// Freeze stops the process as a debugger or an overloaded machine does, for d, and lets it go on.
func (g *Gateway) Freeze(ctx context.Context, d time.Duration) error {
	if err := g.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	err := Wait(ctx, d)
	return errors.Join(err, g.cmd.Process.Signal(syscall.SIGCONT))
}

// Pid is the process's.
func (g *Gateway) Pid() int { return g.cmd.Process.Pid }

// Stop asks the gateway to leave, kills it where it does not, and says what was wrong with how it ended or with what it
// logged: an exit code, a panic, a data race.
func (g *Gateway) Stop() error {
	late := false
	g.once.Do(func() {
		_ = g.cmd.Process.Signal(syscall.SIGTERM) // an error says that it has ended
		t := time.NewTimer(stopTimeout)
		defer t.Stop()
		select {
		case <-g.done:
		case <-t.C:
			late = true
			_ = g.cmd.Process.Kill() // likewise
		}
	})
	<-g.done
	switch {
	case late:
		return fmt.Errorf("gateway: killed, it did not leave in %v", stopTimeout)
	case g.err != nil:
		return fmt.Errorf("gateway: %w: %s", g.err, g.log)
	}
	return g.log.faults()
}

// Log returns the last lines that the gateway logged.
func (g *Gateway) Log() string { return g.log.String() }

// Wait waits for d, or returns the error of ctx.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
