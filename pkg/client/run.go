package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// errMoved stands for the close 4008 of a socket whose session went to a new one that then failed.
var errMoved = errors.New("client: the session moved to a socket that failed")

// run keeps the client connected until it ends. It owns every conn.
func (c *Client) run(first chan<- error) {
	cn, err := c.reach(nil)
	if err == nil {
		first <- nil
	}
	for err == nil {
		var cause error
		if cn, cause = c.serve(cn); cause != nil {
			cn, err = c.reach(cause)
		}
	}
	c.finish(err)
	first <- err // of capacity 2
}

// reach makes attempts until one is welcomed. cause is why there is no socket; nil at first. Its error is final.
func (c *Client) reach(cause error) (*conn, error) {
	for {
		if cause != nil {
			if c.isClosing() {
				return nil, ErrClosed
			}
			t, least := verdict(cause)
			if t == giveUp {
				return nil, cause
			}
			if n := c.opts.MaxAttempts; n > 0 && c.pace.tries >= n {
				return nil, fmt.Errorf("client: gave up after %d attempts: %w", n, cause)
			}
			wait := c.pace.wait(t, least)
			c.down(cause, wait)
			select {
			case <-time.After(wait):
			case <-c.ctx.Done():
				return nil, ErrClosed
			}
		}
		cn, welcome, err := c.open(c.ctx)
		if err == nil {
			c.install(cn, welcome)
			return cn, nil
		}
		if c.ctx.Err() != nil {
			return nil, ErrClosed
		}
		c.pace.tries++
		cause = err
	}
}

// opening is the outcome of an attempt beside a socket that still works.
type opening struct {
	cn      *conn
	welcome *wire.Message
	err     error
}

// serve watches over a socket until it ended, which is the error, or another took its place.
func (c *Client) serve(cur *conn) (*conn, error) {
	var (
		move   <-chan time.Time
		opened chan opening // not nil: an attempt is under way
		lost   error        // the socket ended meanwhile: the attempt is the reconnect
		ended  = cur.done
	)
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	for {
		select {
		case <-ended:
			err := c.detach(cur)
			if opened == nil {
				return nil, err
			}
			if t, _ := verdict(err); t == giveUp {
				cancel()
				if o := <-opened; o.err == nil {
					o.cn.discard()
				}
				return nil, err
			}
			lost, ended, move = err, nil, nil
			if !c.isClosing() {
				c.down(err, 0)
			}
		case g := <-cur.goaway:
			if g.Reason == wire.GoawayToken {
				c.renewSoon()
			} else if move == nil && opened == nil {
				// Not all at once, and early enough for a second try.
				move = time.After(time.Duration(c.pace.rand() * float64(g.Within) / 2))
			}
		case <-move:
			move = nil
			if c.isClosing() {
				continue
			}
			cur.handed = true
			opened = make(chan opening, 1)
			go func() {
				cn, welcome, err := c.open(ctx)
				opened <- opening{cn, welcome, err}
			}()
		case o := <-opened:
			opened = nil
			switch {
			case o.err == nil:
				c.install(o.cn, o.welcome)
				cur.discard()
				return o.cn, nil
			case lost != nil:
				c.pace.tries++
				return nil, o.err
			}
			// The socket there is still works: its own end decides, not this refusal.
			t, least := verdict(o.err)
			if t != giveUp {
				move = time.After(c.pace.wait(backOff, least))
			}
		}
	}
}

// discard ends a socket that is not wanted and waits for its goroutines, where they ran.
func (cn *conn) discard() {
	cn.fail(errReplaced)
	_ = cn.ws.CloseNow()
	if cn.started {
		<-cn.done
	}
}

// detach notes that the current socket ended, and returns why.
func (c *Client) detach(cn *conn) error {
	c.mu.Lock()
	if c.conn == cn {
		c.conn = nil
	}
	c.mu.Unlock()
	c.pace.lived(time.Since(cn.since))
	var ce *CloseError
	if cn.handed && errors.As(cn.err, &ce) && ce.Code == wire.CloseResumed {
		return errMoved
	}
	return cn.err
}

// down tells that there is no socket now.
func (c *Client) down(cause error, wait time.Duration) {
	code, reason := closedOf(cause)
	c.opts.Logger.Info("disconnected", "code", code, "reason", reason, "error", cause, "retry_in", wait)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == StateConnected {
		c.state = StateReconnecting
	}
	c.cause = cause
	c.push(Disconnected{Code: code, Reason: reason, Err: cause, RetryIn: wait})
}

// renewSoon renews the token in the background, one at a time.
func (c *Client) renewSoon() {
	if c.opts.Token == nil || !c.renewing.CompareAndSwap(false, true) {
		return
	}
	c.helpers.Go(func() {
		defer c.renewing.Store(false)
		ctx, cancel := context.WithTimeout(c.ctx, c.opts.ConnectTimeout)
		defer cancel()
		if err := c.Renew(ctx); err != nil {
			c.opts.Logger.Warn("token not renewed", "error", err)
		}
	})
}

// finish ends the client for good.
func (c *Client) finish(err error) {
	c.cancel()
	c.mu.Lock()
	c.err, c.state, c.conn = err, StateClosed, nil
	calls := append(c.pending.open, c.pending.waiting...)
	c.pending.open, c.pending.waiting = nil, nil
	if c.session.id == "" {
		c.events, c.quiet = nil, true // Connect returns the error
		poke(c.eventWake)
	} else {
		code, reason := closedOf(err)
		c.push(Closed{Code: code, Reason: reason, Err: err})
	}
	c.mu.Unlock()
	fail(calls, err)
	c.helpers.Wait()
	c.opts.Logger.Info("ended", "error", err)
	close(c.ended)
}
