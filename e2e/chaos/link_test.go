package chaos

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// elsewhere is when a client that has left a pod surely has its session on another one.
const elsewhere = 3 * time.Second

// link is one client's connection through the balancer.
type link struct {
	client, pod *net.TCPConn
	backend     *backend
	left        atomic.Int64 // by its client, when, while the pod was frozen: what comes now goes nowhere. Unix time, ns; 0: not
}

// carry copies both ways until both are over, and passes on how each side ended.
func (l *link) carry() {
	var up sync.WaitGroup
	up.Go(func() {
		_, err := io.Copy(l.pod, l.client)
		switch {
		case l.backend.frozen.Load():
			l.left.Store(time.Now().UnixNano())
			l.backend.kept.Add(1)
		case err != nil:
			l.cut()
		default:
			_ = l.pod.CloseWrite() // an error says that it is over
		}
	})
	if err := l.down(); err != nil {
		l.cut()
	} else {
		_ = l.client.CloseWrite() // likewise
	}
	up.Wait()
	_, _ = l.client.Close(), l.pod.Close()
}

// down copies what the pod sends. What it sends to a client that has left while it was frozen is looked at: the client's
// session lives elsewhere by then, and nothing may be delivered or acked here.
func (l *link) down() error {
	buf := make([]byte, 16<<10)
	for {
		n, err := l.pod.Read(buf)
		if left := l.left.Load(); left != 0 {
			// What comes earlier was on its way, or its client may not be back yet.
			if !l.backend.frozen.Load() && time.Since(time.Unix(0, left)) > elsewhere {
				l.backend.haunt(buf[:n])
			}
		} else if _, err := l.client.Write(buf[:n]); err != nil && !l.backend.frozen.Load() {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// onItsWay is how long after its thaw a pod may still write what it was about to write when it froze; maxCaught, how much.
const (
	onItsWay  = 200 * time.Millisecond
	maxCaught = 3
)

// haunt counts the signals and answers in what a pod sends to nobody any more, and keeps some.
func (be *backend) haunt(sent []byte) {
	n := bytes.Count(sent, []byte(`{"type":"signal"`)) + bytes.Count(sent, []byte(`{"type":"ack"`))
	if time.Since(time.Unix(0, be.thawed.Load())) < onItsWay {
		be.caught.Add(int64(n))
		return
	}
	if be.haunted.Add(int64(n)); n > 0 {
		be.spoke.Store(stamp(time.Now()) + " " + string(sent[:min(len(sent), 300)]))
	}
}

// cut resets both sides.
func (l *link) cut() {
	reset(l.client)
	reset(l.pod)
}

func reset(c *net.TCPConn) {
	_ = c.SetLinger(0) // an error says that it is closed
	_ = c.Close()
}
