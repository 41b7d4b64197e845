package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/aldis-rtc/aldis/pkg/accept"
	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis"
	"github.com/aldis-rtc/aldis/pkg/ice"
	"github.com/aldis-rtc/aldis/pkg/session"
)

// Values of Options.Broker.
const (
	// BrokerMemory keeps everything in this process: one pod, nothing to install.
	BrokerMemory = "memory"
	// BrokerRedis shares everything with other pods through Redis.
	BrokerRedis = "redis"
)

// Options are all of a gateway's settings. The zero value of a field means its default.
type Options struct {
	// Listen is the public address, for clients: 127.0.0.1:8080. Port 0 takes a free one.
	Listen string
	// OpsListen is the address of probes and metrics: 127.0.0.1:9090.
	OpsListen string
	// Broker keeps sessions and rooms and carries signals: memory, or redis between pods.
	Broker string
	// Redis is how Redis is used where it is the Broker.
	Redis redis.Options
	// ReadyWithoutBroker keeps the gateway ready while its broker is away: it calls itself degraded. True: were all pods
	// unready at once, clients that are connected would be cut off as well, and new ones would find nobody to tell them to wait.
	ReadyWithoutBroker *bool
	// Demo serves the demo page at /. Nil: only when Listen is a loopback address.
	Demo *bool
	// DrainWindow is the time over which sessions are told to leave, evenly, when the gateway stops: 5 s.
	DrainWindow time.Duration
	// StopTimeout bounds the whole stop, window included: 25 s.
	StopTimeout time.Duration
	Accept      accept.Config
	Session     session.Config
	Limits      broker.Limits
	ICE         ice.Config

	// Version is what the gateway calls itself in logs and metrics.
	Version string
	// Logger takes the structured log; nil means slog.Default.
	Logger *slog.Logger
}

// WithDefaults returns o with its zero fields set to the defaults.
func (o Options) WithDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:8080"
	}
	if o.OpsListen == "" {
		o.OpsListen = "127.0.0.1:9090"
	}
	if o.Broker == "" {
		o.Broker = BrokerMemory
	}
	if o.ReadyWithoutBroker == nil {
		o.ReadyWithoutBroker = new(true)
	}
	if o.DrainWindow == 0 {
		o.DrainWindow = 5 * time.Second
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = 25 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Accept = o.Accept.WithDefaults()
	o.Session = o.Session.WithDefaults()
	o.Limits = o.Limits.WithDefaults()
	o.Redis = o.Redis.WithDefaults()
	o.ICE = o.ICE.WithDefaults()
	return o
}

// Validate names the first setting that cannot be, and says what could.
func (o Options) Validate() error {
	if err := checkAddress("listen", o.Listen); err != nil {
		return err
	}
	if err := checkAddress("ops-listen", o.OpsListen); err != nil {
		return err
	}
	if o.Broker != BrokerMemory && o.Broker != BrokerRedis {
		return fmt.Errorf("broker: %q is not known; it is %s or %s", o.Broker, BrokerMemory, BrokerRedis)
	}
	if o.DrainWindow < 0 || o.DrainWindow > time.Hour {
		return fmt.Errorf("drain-window: %v is not from 0s to 1h", o.DrainWindow)
	}
	if o.StopTimeout < o.DrainWindow {
		return fmt.Errorf("stop-timeout: %v is shorter than drain-window, %v", o.StopTimeout, o.DrainWindow)
	}
	return errors.Join(o.Accept.Validate(), o.Session.Validate(), o.Limits.Validate(), o.Redis.Validate(), o.ICE.Validate())
}

func checkAddress(name, addr string) error {
	if _, err := net.ResolveTCPAddr("tcp", addr); err != nil {
		return fmt.Errorf("%s: %q is no address like 127.0.0.1:8080 or :8080", name, addr)
	}
	return nil
}

// demo reports whether the demo page is served.
func (o Options) demo() bool {
	if o.Demo != nil {
		return *o.Demo
	}
	addr, err := net.ResolveTCPAddr("tcp", o.Listen)
	return err == nil && addr.IP.IsLoopback()
}
