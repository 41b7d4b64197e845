package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Bounds of a pod's coming and going.
const (
	readyWithin = 30 * time.Second
	leaveWithin = 40 * time.Second
)

// alarms are what no pod may log.
var alarms = []string{"WARNING: DATA RACE", "fatal error:", "panic", "goroutine 1 ["}

// pod is aldis serve in a process of its own, again and again under one name and at one address, as a container is.
type pod struct {
	name, addr, ops string
	args            []string
	log             *os.File

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	err  error         // of cmd; read after done
}

// startPod starts a pod that ends with the test, which fails where the pod has logged an alarm.
func startPod(t *testing.T, dir, name string, args ...string) *pod {
	t.Helper()
	p := &pod{name: name, addr: freeAddr(t), ops: freeAddr(t), args: args}
	var err error
	if p.log, err = os.Create(dir + "/" + name + ".log"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		p.check(t)
	})
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// start starts the process; ready says when it serves.
func (p *pod) start() error {
	cmd := exec.Command(binary, append([]string{"serve", "--listen=" + p.addr, "--ops-listen=" + p.ops, "--log-format=json"}, p.args...)...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ALDIS_") && !strings.HasPrefix(entry, "HOSTNAME=") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, "HOSTNAME="+p.name)
	cmd.Stderr = p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for who started it
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	p.mu.Lock()
	p.cmd, p.done = cmd, done
	p.mu.Unlock()
	go func() {
		defer close(done)
		p.err = cmd.Wait()
	}()
	return nil
}

// ready waits until the pod says it is.
func (p *pod) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if isReady(ctx, p.ops) {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("%s ended before it was ready: %w", p.name, p.err)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", p.name, ctx.Err())
		}
	}
}

// kill ends the process as the kernel does that is out of memory.
func (p *pod) kill() {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill() // an error says that it has ended
		<-done
	}
}

// term asks the process to leave and waits until it has.
func (p *pod) term() error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	t := time.NewTimer(leaveWithin)
	defer t.Stop()
	select {
	case <-p.done:
		return p.err
	case <-t.C:
		p.kill()
		return fmt.Errorf("%s was killed: it did not leave in %v", p.name, leaveWithin)
	}
}

func (p *pod) freeze() error { return p.signal(syscall.SIGSTOP) }
func (p *pod) thaw() error   { return p.signal(syscall.SIGCONT) }

func (p *pod) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Signal(s)
}

// check fails the test where an alarm was logged, and shows the end of the log of a test that failed.
func (p *pod) check(t *testing.T) {
	if err := p.log.Close(); err != nil {
		t.Error(err)
	}
	log, err := os.ReadFile(p.log.Name())
	if err != nil {
		t.Error(err)
		return
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	for i, line := range lines {
		for _, a := range alarms {
			if bytes.Contains(line, []byte(a)) {
				t.Errorf("%s logged:\n%s", p.name, bytes.Join(lines[i:min(i+60, len(lines))], nil))
				return
			}
		}
	}
	if t.Failed() {
		t.Logf("the end of the log of %s:\n%s", p.name, bytes.Join(lines[max(0, len(lines)-8):], nil))
	}
}

var probing = &http.Client{Timeout: 400 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}

// isReady asks for /readyz.
func isReady(ctx context.Context, ops string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ops+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := probing.Do(req)
	if err != nil {
		return false
	}
	return errors.Join(resp.Body.Close()) == nil && resp.StatusCode == http.StatusOK
}
