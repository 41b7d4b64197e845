package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// conn is one welcomed socket. Its reader and writer end together; run waits for them on done.
type conn struct {
	ws     *websocket.Conn
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{} // capacity 1: the writer looks again
	goaway chan Goaway   // capacity 1
	read   chan struct{} // closed when the reader ended
	done   chan struct{} // closed when both ended
	once   sync.Once
	err    error // why it ended; read after done
	since  time.Time

	// run's own.
	handed  bool // a hello of the same session went out elsewhere
	started bool // the reader and the writer run

	// Guarded by Client.mu.
	refusal   *wire.Message // the last error frame without id
	heard     time.Time     // of the last frame
	pinged    time.Time     // zero: no ping is unanswered
	confirmed bool          // the first frame after the welcome went out
	byed      bool
}

// fail ends the socket for the first reason given.
func (cn *conn) fail(err error) {
	cn.once.Do(func() {
		cn.err = err
		cn.cancel()
	})
}

// serveSocket runs the socket's reader and writer in the background.
func (c *Client) serveSocket(cn *conn) {
	cn.started = true
	go func() {
		defer close(cn.read)
		cn.fail(c.readAll(cn))
	}()
	go func() {
		defer close(cn.done)
		err := c.writeAll(cn)
		if err != nil && cn.ctx.Err() == nil {
			// The gateway's close frame may still wait to be read: its code says more than a broken pipe.
			t := time.NewTimer(time.Second)
			select {
			case <-cn.read:
			case <-t.C:
			}
			t.Stop()
		}
		cn.fail(err)
		_ = cn.ws.CloseNow()
		<-cn.read
	}()
}

func (c *Client) readAll(cn *conn) error {
	for {
		kind, text, err := cn.ws.Read(cn.ctx)
		if err != nil {
			return c.closeOf(cn, err)
		}
		if kind != websocket.MessageText {
			continue // nothing in version 1 is binary
		}
		if err := c.receive(cn, text); err != nil {
			return err
		}
	}
}

func (c *Client) writeAll(cn *conn) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		frame, at, err := c.next(cn, time.Now())
		if err != nil {
			return err
		}
		if frame != nil {
			ctx, cancel := context.WithTimeout(cn.ctx, c.opts.HeartbeatGrace)
			err := cn.ws.Write(ctx, websocket.MessageText, frame)
			cancel()
			if err != nil {
				return err
			}
			continue
		}
		timer.Reset(time.Until(at))
		select {
		case <-cn.wake:
		case <-timer.C:
		case <-cn.ctx.Done():
			return cn.ctx.Err()
		}
	}
}

// next returns the frame to write now, or when to look again; an error ends the socket. In this order: the ack that
// confirms the welcome's secret, a ping, acks, calls, bye.
func (c *Client) next(cn *conn, now time.Time) ([]byte, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != cn {
		return nil, now, errReplaced
	}
	if ping, err := c.beat(cn, now); ping != nil || err != nil {
		return ping, now, err
	}
	wakeAt := c.beatAt(cn)
	due := !c.ackAt.IsZero() && (c.closing || !c.ackAt.After(now))
	if !cn.confirmed || due {
		cn.confirmed = true
		c.ackAt = time.Time{}
		c.session.acked = c.session.processed
		return wire.Append(nil, &wire.Message{Type: wire.TypeAck, Seq: c.session.acked}), now, nil
	}
	if !c.ackAt.IsZero() && c.ackAt.Before(wakeAt) {
		wakeAt = c.ackAt
	}
	for !cn.byed {
		of, at := c.pending.pick(now)
		if !at.IsZero() && at.Before(wakeAt) {
			wakeAt = at
		}
		if of == nil {
			break
		}
		text := wire.Append(nil, &of.msg)
		if c.maxFrame == 0 || len(text)+spare(of) <= c.maxFrame {
			return text, now, nil
		}
		c.pending.remove(of)
		of.finish(answer{err: &Error{Code: wire.CodeTooLarge, Message: "larger than the gateway's max_frame"}})
	}
	if c.closing && !cn.byed {
		cn.byed = true
		return wire.Append(nil, &wire.Message{Type: wire.TypeBye}), now, nil
	}
	return nil, wakeAt, nil
}

// spare is what a frame grows by when it is sent again.
func spare(of *call) int {
	if of.msg.Again {
		return 0
	}
	return len(`,"again":true`)
}

// closeOf makes a *CloseError of how a socket ended, where it ended with a close frame.
func (c *Client) closeOf(cn *conn, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return asClose(err, cn.refusal)
}

func asClose(err error, refusal *wire.Message) error {
	var ce websocket.CloseError
	if !errors.As(err, &ce) {
		return err
	}
	e := &CloseError{Code: wire.CloseCode(ce.Code), Reason: ce.Reason}
	if e.Reason == "" {
		e.Reason = e.Code.Reason()
	}
	if refusal != nil {
		e.RetryAfter = seconds(refusal.RetryAfter)
	}
	return e
}
