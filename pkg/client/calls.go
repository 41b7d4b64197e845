package client

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Signal is a message to a peer, to a room, or to one member of a room.
type Signal struct {
	// To is the receiver; empty sends to all others in Room.
	To wire.PeerID
	// ToN is the only incarnation of To that may get it; 0: any.
	ToN int64
	// Room is the room; the sender must be in it.
	Room wire.RoomID
	// Kind is one of the wire.Kind constants or a name of your own; empty means "message".
	Kind string
	// Data is JSON; its bytes arrive as they are.
	Data json.RawMessage
	// Receipt asks for Receipt events.
	Receipt bool
}

// Ack is the answer to a signal: the service keeps it for its receivers (protocol section 6).
type Ack struct {
	// ID is the signal's, by which receipts name it.
	ID int64
	// Status is wire.StatusSent or, where the receiver's socket is away, wire.StatusQueued.
	Status string
	// Receivers is how many members of the room it is kept for.
	Receivers int
	// Full is for how many members it is not, because their inboxes were full.
	Full int
}

// Signal sends s and waits for its answer: *Error, ErrSessionLost, ErrClosed, the error that ended the client, or
// that of ctx, after which it may still arrive. It waits while the client is away from the gateway, and behind earlier
// signals as Post says.
func (c *Client) Signal(ctx context.Context, s Signal) (Ack, error) {
	p, err := c.Post(s)
	if err != nil {
		return Ack{}, err
	}
	return p.Wait(ctx)
}

func (s *Signal) check() error {
	if s.To == "" && s.Room == "" {
		return badFrame("a signal needs To or Room")
	}
	if s.To != "" {
		if err := s.To.Check(); err != nil {
			return badFrame("To: %v", err)
		}
	}
	if s.ToN < 0 || s.ToN > wire.MaxID || s.ToN != 0 && s.To == "" {
		return badFrame("ToN: not a number of To")
	}
	if s.Room != "" {
		if err := s.Room.Check(); err != nil {
			return badFrame("Room: %v", err)
		}
	}
	if s.Kind != "" {
		if err := wire.CheckKind(s.Kind); err != nil {
			return badFrame("Kind: %v", err)
		}
	}
	if err := checkJSON(s.Data); err != nil {
		return badFrame("Data: %v", err)
	}
	return nil
}

// Join enters a room and returns who is there. A room joined stays so, also over a lost session, until Leave.
// Joining again with other meta tells the others.
func (c *Client) Join(ctx context.Context, room wire.RoomID, meta json.RawMessage) (Roster, error) {
	if err := checkJSON(meta); err != nil {
		return Roster{}, badFrame("meta: %v", err)
	}
	return c.list(ctx, wire.Message{Type: wire.TypeJoin, Room: room, Meta: bytes.Clone(meta)})
}

// Roster asks the service who is in a room. Members answers from what is known, without asking.
func (c *Client) Roster(ctx context.Context, room wire.RoomID) (Roster, error) {
	return c.list(ctx, wire.Message{Type: wire.TypeRoster, Room: room})
}

func (c *Client) list(ctx context.Context, m wire.Message) (Roster, error) {
	if err := m.Room.Check(); err != nil {
		return Roster{}, badFrame("room: %v", err)
	}
	a, err := c.do(ctx, m)
	return a.roster, err
}

// Leave leaves a room.
func (c *Client) Leave(ctx context.Context, room wire.RoomID) error {
	if err := room.Check(); err != nil {
		return badFrame("room: %v", err)
	}
	_, err := c.do(ctx, wire.Message{Type: wire.TypeLeave, Room: room})
	return err
}

// Renew gives the gateway a fresh token from Options.Token. The client does so by itself when asked to.
func (c *Client) Renew(ctx context.Context) error {
	if c.opts.Token == nil {
		return ErrNoToken
	}
	token, err := c.opts.Token(ctx)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, wire.Message{Type: wire.TypeRenew, Token: token})
	return err
}

// do queues a frame and waits for its answer.
func (c *Client) do(ctx context.Context, m wire.Message) (answer, error) {
	one := &call{msg: m, done: make(chan answer, 1)}
	if err := c.submit(one); err != nil {
		return answer{}, err
	}
	return c.wait(ctx, one)
}

func (c *Client) wait(ctx context.Context, one *call) (answer, error) {
	select {
	case a := <-one.done:
		return a, a.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.pending.abandon(one)
	c.mu.Unlock()
	select {
	case a := <-one.done: // both were ready, or it came meanwhile
		return a, a.err
	default:
		return answer{}, ctx.Err()
	}
}

func (c *Client) submit(one *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return c.err
	case c.closing:
		return ErrClosed
	case len(c.pending.waiting) >= MaxWaiting:
		return ErrBusy
	}
	c.pending.waiting = append(c.pending.waiting, one)
	c.wake()
	return nil
}
