package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// State is where a client stands.
type State string

// The states of a client.
const (
	StateConnecting   State = "connecting"
	StateConnected    State = "connected"
	StateReconnecting State = "reconnecting"
	StateClosed       State = "closed"
)

// Client is a peer's attachment to the service. Its methods may be called from any goroutine.
type Client struct {
	url  string
	opts Options
	http *http.Client

	ctx    context.Context // ends with the client
	cancel context.CancelFunc
	ended  chan struct{} // closed when no socket and no goroutine but deliver is left
	done   chan struct{} // closed when deliver ended, the last

	pace     pace           // run's own
	helpers  sync.WaitGroup // renewals; finish waits for them
	renewing atomic.Bool

	eventWake chan struct{} // capacity 1: deliver looks again

	mu       sync.Mutex // guards what follows, and what conn says it does
	state    State
	err      error // why it ended
	cause    error // of the last Disconnected
	closing  bool  // Close was called
	quiet    bool  // it ended before the first welcome
	conn     *conn // nil while away
	session  session
	ackAt    time.Time // when the signals processed are acked; zero: all are
	pending  pending
	rooms    map[wire.RoomID]*room
	order    []wire.RoomID // rooms joined, in the order of joining
	ice      ICE
	events   []queued
	eventCap int

	heartbeat time.Duration // of the last welcome, like all below
	maxFrame  int           // bytes
	features  []string
	limits    wire.Limits
}

// session is what a client must remember to resume.
type session struct {
	peer      wire.PeerID // the option's before the first welcome
	n         int64
	id        string
	secret    string
	received  int64 // highest seq queued for the handler
	processed int64 // highest seq the handler is through with
	acked     int64
}

// Connect opens a session with the service at url, ws://host/v1/connect or wss; http, https and a bare origin are
// accepted too. It returns after the first welcome, trying again as Options say, or with the error that is final
// (*RefusedError, *CloseError), or with that of ctx. ctx ends the connecting, not the client.
func Connect(ctx context.Context, url string, opts Options) (*Client, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	url, err := endpoint(url, opts.App)
	if err != nil {
		return nil, err
	}
	opts = opts.normal()
	opts.Features = slices.Clone(opts.Features)
	opts.Meta = slices.Clone(opts.Meta)
	c := &Client{
		url: url, opts: opts, http: httpClient(&opts), pace: newPace(opts.Backoff), state: StateConnecting,
		ended: make(chan struct{}), done: make(chan struct{}), eventWake: make(chan struct{}, 1),
		session: session{peer: opts.Peer}, rooms: map[wire.RoomID]*room{}, eventCap: eventSlack,
		pending: pending{window: wire.Window},
	}
	c.pending.who = c
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	first := make(chan error, 2)
	go c.deliver()
	go c.run(first)
	select {
	case err := <-first:
		if err != nil {
			return nil, err
		}
		return c, nil
	case <-ctx.Done():
		c.cancel()
		<-c.ended
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.cause != nil {
			return nil, fmt.Errorf("client: connect: %w; the last attempt: %w", ctx.Err(), c.cause)
		}
		return nil, fmt.Errorf("client: connect: %w", ctx.Err())
	}
}

// errNoBye is Close's when the gateway did not answer.
var errNoBye = errors.New("client: the gateway did not close in time")

// Close says bye, which ends the session at once, and waits for the gateway to close, bounded by ctx and
// Options.CloseTimeout. Calls that wait to be sent fail with ErrClosed, those sent still get answers that come before
// the close. While the client is away from the gateway no bye can be said: the session ends with its grace. Close does
// not wait for Handle, which may call it: Done tells when that is through too.
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	var waiting []*call
	if c.err == nil {
		c.closing = true
		waiting, c.pending.waiting = c.pending.waiting, nil
		if c.conn == nil {
			c.cancel()
		}
		c.wake()
	}
	c.mu.Unlock()
	fail(waiting, ErrClosed)
	t := time.NewTimer(c.opts.CloseTimeout)
	defer t.Stop()
	var err error
	select {
	case <-c.ended:
	case <-t.C:
		err = errNoBye
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.cancel()
	<-c.ended
	return err
}

// Done is closed when the client has ended, no goroutine of it is left and Handle has had Closed.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why the client ended: ErrClosed after Close, *CloseError, *RefusedError, or what the last of
// Options.MaxAttempts failed with. Nil while it lives.
func (c *Client) Err() error { return locked(c, func() error { return c.err }) }

// Peer is the address held.
func (c *Client) Peer() wire.PeerID { return locked(c, func() wire.PeerID { return c.session.peer }) }

// N is the session's number: it grows with each new session of the peer and stays through resumes.
func (c *Client) N() int64 { return locked(c, func() int64 { return c.session.n }) }

// Session is the session's name, for logs; it is not a secret.
func (c *Client) Session() string { return locked(c, func() string { return c.session.id }) }

// State is where the client stands.
func (c *Client) State() State { return locked(c, func() State { return c.state }) }

// ICE is what to give an RTCPeerConnection now; it is kept fresh.
func (c *Client) ICE() ICE { return locked(c, func() ICE { return c.ice }) }

// Limits are those of the last welcome.
func (c *Client) Limits() wire.Limits { return locked(c, func() wire.Limits { return c.limits }) }

// Features are those in force.
func (c *Client) Features() []string {
	return locked(c, func() []string { return slices.Clone(c.features) })
}

// Rooms are the rooms joined, in the order of joining.
func (c *Client) Rooms() []wire.RoomID {
	return locked(c, func() []wire.RoomID { return slices.Clone(c.order) })
}

// Members is who is in a room as far as the client knows, by name; false where it is not in the room.
func (c *Client) Members(name wire.RoomID) (Roster, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil || !r.joined {
		return Roster{}, false
	}
	return r.roster(), true
}

func (c *Client) isClosing() bool { return locked(c, func() bool { return c.closing }) }

func locked[T any](c *Client, get func() T) T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return get()
}

// wake makes the writer look for work. c.mu is held.
func (c *Client) wake() {
	if c.conn != nil {
		poke(c.conn.wake)
	}
}
