package broker

import "fmt"

// Limits bound what a broker keeps. The zero value of a field means its default.
type Limits struct {
	// InboxSignals and InboxBytes bound what waits for one session's ack: 256 signals, 1 MiB. Full: inbox_full to senders.
	InboxSignals int
	InboxBytes   int
	// RoomPeers is how many sessions a room takes: 1,000. Full: room_full.
	RoomPeers int
	// Sessions is how many sessions the in-memory broker keeps, attached and in grace: 200,000. Full: new ones are
	// closed 4100.
	Sessions int
}

// WithDefaults returns l with its zero fields set to the defaults.
func (l Limits) WithDefaults() Limits {
	for _, f := range []struct {
		p *int
		v int
	}{{&l.InboxSignals, 256}, {&l.InboxBytes, 1 << 20}, {&l.RoomPeers, 1000}, {&l.Sessions, 200_000}} {
		if *f.p == 0 {
			*f.p = f.v
		}
	}
	return l
}

// Validate names the first field that is out of range, by its setting's name.
func (l Limits) Validate() error {
	for _, f := range []struct {
		name        string
		v, min, max int
	}{
		{"inbox-signals", l.InboxSignals, 32, 1 << 16},
		{"inbox-bytes", l.InboxBytes, 64 << 10, 1 << 30},
		{"room-peers", l.RoomPeers, 2, 100_000},
		{"sessions", l.Sessions, 1, 100_000_000},
	} {
		if f.v < f.min || f.v > f.max {
			return fmt.Errorf("%s: %d is not from %d to %d", f.name, f.v, f.min, f.max)
		}
	}
	return nil
}
