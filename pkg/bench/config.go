package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Config is what every scenario takes.
type Config struct {
	// URLs are where clients connect: ws://host:port/v1/connect, wss, or a bare origin. Of several gateways each gets its
	// share of the sessions, and the two ends of a signal are on different ones.
	URLs []string
	// Ops are the ops listeners of all gateways, http://host:port, whose metrics say what the load cost. None: not known.
	Ops []string
	// Redis are the Redis servers behind the gateways, host:port, whose CPU time is measured too; mostly none or one.
	Redis []string
	// App is the tenant; empty: the default one.
	App wire.AppID
	// Token is asked for each socket, as in client.Options; nil: none. It must allow any peer name.
	Token func(context.Context) (string, error)
	// Duration is the time measured. Opening, warm-up and the end come on top.
	Duration time.Duration
	// WarmUp is the time under load before it, which no figure counts but promises and refusals.
	WarmUp time.Duration
	// Seed makes payloads and the moments of sending reproducible.
	Seed uint64
	// Progress gets a line each second while the run goes on; nil: none.
	Progress func(line string)
}

// Validate names the first field that cannot be, as the command's flag does.
func (c Config) Validate() error {
	if err := cmp.Or(checkList("url", c.URLs), checkList("ops", c.Ops), checkList("redis", c.Redis)); err != nil {
		return err
	}
	switch {
	case len(c.URLs) == 0:
		return errors.New("url: is empty")
	case c.Duration <= 0 || c.Duration > 24*time.Hour:
		return fmt.Errorf("duration: %v is not above 0 and up to 24h", c.Duration)
	case c.WarmUp < 0 || c.WarmUp > time.Hour:
		return fmt.Errorf("warm-up: %v is not from 0 to 1h", c.WarmUp)
	}
	return nil
}

// Load is one scenario: Idle, Pairs, Fanout or Churn.
type Load interface {
	// Name is the scenario's, as the command has it.
	Name() string
	// Validate names the first field that cannot be, as the command's flag does.
	Validate() error

	sockets() int // open at once
	ports() int   // of this machine in use at once, those of closed sockets included
	unit() string // what the progress counts
	describe() string
	environ() []string // settings that a gateway of our own needs beside unhindered
	run(ctx context.Context, b *bench) error
	report(b *bench, r *Result)
}

// maxGateways bounds what one run may be spread over.
const maxGateways = 100

// checkList says that a list of addresses cannot be: whoever is there twice would be counted twice.
func checkList(name string, list []string) error {
	if len(list) > maxGateways {
		return fmt.Errorf("%s: %d are above %d", name, len(list), maxGateways)
	}
	for i, one := range list {
		if one == "" || slices.Contains(list[:i], one) {
			return fmt.Errorf("%s: %q is empty, or there twice", name, one)
		}
	}
	return nil
}

// checkCount says that a number given with a flag is out of range.
func checkCount(name string, v, least, most int) error {
	if v < least || v > most {
		return fmt.Errorf("%s: %d is not from %d to %d", name, v, least, most)
	}
	return nil
}

// maxRate bounds what is asked for, a second.
const maxRate = 1e6

// checkRate says that a rate is out of range.
func checkRate(name string, v float64, zero bool) error {
	if !(v >= 0 && v <= maxRate) || v == 0 && !zero {
		return fmt.Errorf("%s: %v is not above 0 and up to %d", name, v, int(maxRate))
	}
	return nil
}
