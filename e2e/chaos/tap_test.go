package chaos

import (
	"bufio"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// tap is what stands between one pod and its Redis. Muted, it swallows what the pod publishes, and says that one
// subscriber has had it; all else passes. So a pod keeps and acks signals of which nobody hears.
type tap struct {
	ln      net.Listener
	target  string
	muted   atomic.Bool
	dropped atomic.Int64
	under   sync.WaitGroup

	mu    sync.Mutex
	over  bool
	conns map[net.Conn]struct{}
}

func startTap(t *testing.T, target string) *tap {
	t.Helper()
	ln, err := net.Listen("tcp", freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{ln: ln, target: target, conns: map[net.Conn]struct{}{}}
	p.under.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // closed
			}
			p.under.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		p.mu.Lock()
		p.over = true
		for c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.under.Wait()
	})
	return p
}

func (p *tap) addr() string { return p.ln.Addr().String() }

// keep has c closed with the tap; false where that is over.
func (p *tap) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = struct{}{}
	return !p.over
}

func (p *tap) serve(pod net.Conn) {
	store, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(pod.(*net.TCPConn))
		return
	}
	w := &tapped{tap: p, pod: pod, store: store}
	if p.keep(pod) && p.keep(store) {
		p.under.Go(func() {
			_ = w.replies() // the end of one side is the end of the other
			_ = pod.Close()
		})
		_ = w.commands() // likewise
	}
	_, _ = pod.Close(), store.Close()
	p.mu.Lock()
	delete(p.conns, pod)
	delete(p.conns, store)
	p.mu.Unlock()
}

// tapped is one connection through a tap. Replies come in the order of the commands, so those that the tap gives itself
// wait for their turn.
type tapped struct {
	tap        *tap
	pod, store net.Conn

	mu         sync.Mutex
	due        []bool // the replies still to come: true is the tap's own
	subscriber bool   // its replies follow no commands
}

// commands carries what the pod asks.
func (w *tapped) commands() error {
	in := bufio.NewReaderSize(w.pod, 64<<10)
	for {
		raw, name, err := readCommand(in)
		if err != nil {
			return err
		}
		own, err := w.enter(strings.ToUpper(name))
		if err == nil && !own {
			_, err = w.store.Write(raw)
		}
		if err != nil {
			return err
		}
	}
}

// enter notes that a reply is due, and reports whether the tap gives it.
func (w *tapped) enter(name string) (own bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasSuffix(name, "SUBSCRIBE") {
		w.subscriber = true
	}
	if w.subscriber {
		return false, nil
	}
	own = w.tap.muted.Load() && (name == "PUBLISH" || name == "SPUBLISH")
	if own {
		w.tap.dropped.Add(1)
	}
	w.due = append(w.due, own)
	return own, w.giveOwn()
}

// giveOwn writes the tap's replies whose turn it is. w.mu is held.
func (w *tapped) giveOwn() error {
	n := 0
	for n < len(w.due) && w.due[n] {
		n++
	}
	if n == 0 {
		return nil
	}
	w.due = slices.Delete(w.due, 0, n)
	_, err := w.pod.Write([]byte(strings.Repeat(":1\r\n", n)))
	return err
}

// replies carries what Redis answers.
func (w *tapped) replies() error {
	in := bufio.NewReaderSize(w.store, 64<<10)
	for {
		raw, push, err := readReply(in)
		if err != nil {
			return err
		}
		if err := w.pass(raw, push); err != nil {
			return err
		}
	}
}

func (w *tapped) pass(raw []byte, push bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.pod.Write(raw); err != nil || push || w.subscriber {
		return err
	}
	if len(w.due) == 0 {
		return errors.New("a reply that no command asked for")
	}
	w.due = w.due[1:]
	return w.giveOwn()
}
