package session

import (
	"fmt"
	"time"
)

// Config bounds one connection. The zero value of a field means its default.
type Config struct {
	// Grace is how long a session outlives its socket: 30 s.
	Grace time.Duration
	// Heartbeat is the time between the gateway's pings: 20 s. A socket silent for two of them and 5 s is dropped.
	Heartbeat time.Duration
	// HelloTimeout is how long a socket may take to its hello: 5 s, then it is closed 4104.
	HelloTimeout time.Duration
	// WriteTimeout is how long one frame may take to be written: 10 s, then the socket is closed 4102. Once a close is
	// decided, all that goes before it and the close itself may take twice as long.
	WriteTimeout time.Duration
	// MaxFrame is the longest frame from a client: 65,536 bytes; a longer one closes 1009.
	MaxFrame int
	// MaxHello is the longest hello: 16,384 bytes; a longer one closes 1009.
	MaxHello int
	// MaxMeta is the longest meta of a peer or member: 1,024 bytes.
	MaxMeta int
	// MaxRooms is how many rooms a session may be in: 64.
	MaxRooms int
	// SignalsPerSecond is the rate of signals, joins, leaves, rosters and renewals of one session: 50. A bucket holds ten seconds'
	// worth, because a call begins with a burst of candidates. Above: rate_limited.
	SignalsPerSecond float64
	// QueueFrames and QueueBytes bound what waits for a socket beside its inbox (answers, presence): 2,048 frames,
	// 1 MiB. When either is full the socket is closed 4102 and may resume.
	QueueFrames int
	QueueBytes  int
}

// WithDefaults returns c with its zero fields set to the defaults.
func (c Config) WithDefaults() Config {
	def(&c.Grace, 30*time.Second)
	def(&c.Heartbeat, 20*time.Second)
	def(&c.HelloTimeout, 5*time.Second)
	def(&c.WriteTimeout, 10*time.Second)
	def(&c.MaxFrame, 64<<10)
	def(&c.MaxHello, 16<<10)
	def(&c.MaxMeta, 1<<10)
	def(&c.MaxRooms, 64)
	def(&c.SignalsPerSecond, 50)
	def(&c.QueueFrames, 2048)
	def(&c.QueueBytes, 1<<20)
	return c
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// Validate names the first field that is out of range, by its setting's name.
func (c Config) Validate() error {
	for _, d := range []struct {
		name     string
		v        time.Duration
		min, max time.Duration
	}{
		{"grace", c.Grace, 100 * time.Millisecond, time.Hour},
		{"heartbeat", c.Heartbeat, 100 * time.Millisecond, time.Hour},
		{"hello-timeout", c.HelloTimeout, 100 * time.Millisecond, time.Minute},
		{"write-timeout", c.WriteTimeout, 100 * time.Millisecond, 5 * time.Minute},
	} {
		if d.v < d.min || d.v > d.max {
			return fmt.Errorf("%s: %v is not from %v to %v", d.name, d.v, d.min, d.max)
		}
	}
	for _, n := range []struct {
		name        string
		v, min, max int
	}{
		{"max-frame", c.MaxFrame, 1 << 10, 16 << 20},
		{"max-hello", c.MaxHello, 512, 1 << 20},
		{"max-meta", c.MaxMeta, 2, 64 << 10},
		{"max-rooms", c.MaxRooms, 1, 10_000},
		{"queue-frames", c.QueueFrames, 64, 1 << 20},
		{"queue-bytes", c.QueueBytes, 64 << 10, 1 << 30},
	} {
		if n.v < n.min || n.v > n.max {
			return fmt.Errorf("%s: %d is not from %d to %d", n.name, n.v, n.min, n.max)
		}
	}
	if !(c.SignalsPerSecond > 0 && c.SignalsPerSecond <= 1e6) {
		return fmt.Errorf("signals-per-second: %v is not above 0 and up to 1e6", c.SignalsPerSecond)
	}
	return nil
}
