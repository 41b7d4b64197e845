package client

import (
	"strconv"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// beat returns a ping when the gateway was silent for a heartbeat, and errDead when it stayed so for HeartbeatGrace
// after that (protocol section 4).
func (c *Client) beat(cn *conn, now time.Time) ([]byte, error) {
	switch {
	case now.Before(c.beatAt(cn)):
		return nil, nil
	case !cn.pinged.IsZero():
		return nil, errDead
	}
	cn.pinged = now
	t := strconv.AppendInt(nil, now.UnixMilli(), 10)
	return wire.Append(nil, &wire.Message{Type: wire.TypePing, T: t}), nil
}

// beatAt is when beat has something to say.
func (c *Client) beatAt(cn *conn) time.Time {
	if cn.pinged.IsZero() {
		return cn.heard.Add(c.heartbeat)
	}
	return cn.pinged.Add(c.opts.HeartbeatGrace)
}
