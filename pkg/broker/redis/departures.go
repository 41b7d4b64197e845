package redis

import (
	"context"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// A store that went back in time may have forgotten that somebody left a room. The pod that did it remembers for as long as a store
// may go back, and for so many.
const (
	departuresKept = 30 * time.Second
	maxDepartures  = 4096
)

// departures are the last that this pod has taken out of rooms.
type departures struct {
	mu   sync.Mutex
	ring []departure
	next int
}

type departure struct {
	ref  broker.Ref
	room wire.RoomID
	at   time.Time
}

func (d *departures) add(ref broker.Ref, room wire.RoomID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one := departure{ref, room, time.Now()}
	if len(d.ring) < maxDepartures {
		d.ring = append(d.ring, one)
		return
	}
	d.ring[d.next] = one
	d.next = (d.next + 1) % maxDepartures
}

// again takes them out once more, where they are in.
func (d *departures) again(b *Broker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.ring {
		if time.Since(one.at) < departuresKept {
			b.later.add(func(ctx context.Context) error { return b.leaveUnlisted(ctx, one.ref, one.room) })
		}
	}
}
