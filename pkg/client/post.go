package client

import (
	"bytes"
	"context"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Posted is a signal on its way.
type Posted struct {
	client *Client
	call   *call
}

// Post queues s and returns at once: signals posted one after the other arrive at each receiver they share in that order,
// up to a window of them without an answer. One that must wait, because it was answered unavailable or comes behind such
// a signal or such a call about its room, holds back the later ones that may have a receiver in common with it: with the
// same To, or to the same room; between a room and a To, or two rooms, where Members shows the peer in the room or one in
// both, and always once the earlier one was sent, as who was in the room then is not known. The others go ahead of it.
// Post fails like Signal for what cannot be queued, ErrBusy included.
func (c *Client) Post(s Signal) (*Posted, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	one := &call{done: make(chan answer, 1), msg: wire.Message{Type: wire.TypeSignal, To: s.To, ToN: s.ToN, Room: s.Room,
		Kind: s.Kind, Receipt: s.Receipt, Data: bytes.Clone(s.Data)}}
	if err := c.submit(one); err != nil {
		return nil, err
	}
	return &Posted{client: c, call: one}, nil
}

// Wait waits for the answer, once: what Signal returns.
func (p *Posted) Wait(ctx context.Context) (Ack, error) {
	a, err := p.client.wait(ctx, p.call)
	if err != nil {
		return Ack{}, err
	}
	return Ack{ID: a.msg.ID, Status: a.msg.Status, Receivers: a.msg.Receivers, Full: a.msg.Full}, nil
}
