// Package app puts a gateway together: it is the one place that knows everybody. New wires, Start runs, Stop undoes in
// the opposite order; nothing here decides anything about a connection.
package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/aldis-rtc/aldis/pkg/accept"
	"github.com/aldis-rtc/aldis/pkg/broker"
	sdk "github.com/aldis-rtc/aldis/pkg/client/js"
	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/dialect/native"
	"github.com/aldis-rtc/aldis/pkg/drain"
	"github.com/aldis-rtc/aldis/pkg/health"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/ice"
	"github.com/aldis-rtc/aldis/pkg/session"
	"github.com/aldis-rtc/aldis/pkg/vet"
	"github.com/aldis-rtc/aldis/pkg/web"
)

// App is one gateway.
type App struct {
	opts     Options
	checks   *health.Checks
	ops      *health.Server
	hub      *hub.Hub
	store    broker.Broker
	sessions *session.Manager
	door     *accept.Door
	leaving  drain.Order
}

// New wires a gateway. The error names a setting that cannot be.
func New(o Options) (*App, error) {
	o = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a := &App{opts: o}
	a.leaving.Limit, a.leaving.Logger = o.StopTimeout, o.Logger
	var err error
	if a.store, err = newBroker(o, reg); err != nil {
		return nil, err
	}
	a.hub = hub.New(a.store)
	a.checks = health.NewChecks(reg)
	a.ops = &health.Server{Address: o.OpsListen, Checks: a.checks, Registry: reg, Logger: o.Logger}
	gate := vet.New()
	a.sessions = session.NewManager(o.Session, session.Deps{
		Hub: a.hub, Gate: gate, ICE: ice.New(o.ICE), Inbox: o.Limits.InboxSignals, Log: o.Logger, Registry: reg,
	})
	handler := accept.NewHandler(accept.Deps{
		Dialects: []dialect.Dialect{native.Dialect{}}, Gate: gate, Sessions: a.sessions, Log: o.Logger, Registry: reg,
		Pages: pages(o),
	})
	if a.door, err = accept.NewDoor(o.Listen, o.Accept, handler, o.Logger, reg); err != nil {
		return nil, err
	}
	return a, a.observe(reg)
}

// pages is what the public listener serves beside the dialects.
func pages(o Options) http.Handler {
	if !o.demo() {
		return http.HandlerFunc(accept.NotFound)
	}
	return web.Handler(sdk.Files)
}

// observe registers what only the whole gateway knows: its checks and its version.
func (a *App) observe(reg prometheus.Registerer) error {
	brokerCheck := a.checks.Register
	if *a.opts.ReadyWithoutBroker {
		brokerCheck = a.checks.RegisterOptional
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "aldis_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": a.opts.Version}})
	info.Set(1)
	for _, err := range []error{
		reg.Register(info),
		observeStore(a.store, reg),
		a.checks.Register(health.Live, "accept", a.door.Live),
		a.checks.Register(health.Ready, "accept", a.door.Ready),
		brokerCheck(health.Ready, "broker", a.hub.Check),
		a.checks.Register(health.Ready, "not-draining", func(context.Context) error {
			if a.sessions.Draining() {
				return errDraining
			}
			return nil
		}),
	} {
		if err != nil {
			return fmt.Errorf("app: %w", err)
		}
	}
	return nil
}

// Start runs the gateway: the ops listener first, so that probes are answered throughout, the public one last. It returns when
// both listen; after an error nothing runs.
func (a *App) Start(ctx context.Context) error {
	type step struct {
		name  string
		start func(context.Context) error
		stop  func(context.Context) error
	}
	for _, s := range []step{
		{"ops", a.ops.Start, a.ops.Stop},
		{"broker", a.startBroker, a.store.Close},
		{"sessions", a.startSessions, a.sessions.Stop},
		{"door", a.door.Start, a.door.Stop},
		{"drain", nil, a.drain},
	} {
		if s.start != nil {
			if err := s.start(ctx); err != nil {
				return joinStop(err, a.Stop(context.WithoutCancel(ctx)))
			}
		}
		a.leaving.Add(s.name, 0, s.stop)
	}
	a.opts.Logger.Info("aldis: open", "listen", a.Addr().String(), "ops", a.OpsAddr().String(),
		"broker", a.opts.Broker, "version", a.opts.Version)
	return nil
}

// startBroker marks the broker's errors, for who has to say what can be done about them.
func (a *App) startBroker(ctx context.Context) error {
	if err := a.hub.Start(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrBroker, err)
	}
	return nil
}

func (a *App) startSessions(ctx context.Context) error {
	a.sessions.Start(ctx)
	return nil
}

// drain tells the sessions to leave and cuts those that do not.
func (a *App) drain(ctx context.Context) error {
	a.opts.Logger.Info("aldis: draining", "connections", a.sessions.Connections(), "window", a.opts.DrainWindow)
	return a.sessions.Drain(ctx, a.opts.DrainWindow)
}

// Stop undoes Start: readiness fails, no session is taken, those that are here leave over the drain window, then the
// listeners close, the ops listener last. It may be called more than once and is bounded by Options.StopTimeout.
func (a *App) Stop(ctx context.Context) error {
	return a.leaving.Run(ctx)
}

// Addr returns where clients connect, nil before Start.
func (a *App) Addr() net.Addr { return a.door.Addr() }

// OpsAddr returns where probes and metrics are, nil before Start.
func (a *App) OpsAddr() net.Addr { return a.ops.Addr() }

// URL returns where native clients connect, "" before Start.
func (a *App) URL() string {
	if a.Addr() == nil {
		return ""
	}
	return a.scheme("ws") + a.reachable() + native.Path
}

// DemoURL returns the address of the demo page, "" where it is not served.
func (a *App) DemoURL() string {
	if !a.opts.demo() || a.Addr() == nil {
		return ""
	}
	return a.scheme("http") + a.reachable() + "/"
}

func (a *App) scheme(plain string) string {
	if a.opts.Accept.TLSCert != "" {
		plain += "s"
	}
	return plain + "://"
}

// reachable is the public address as somebody on this machine can use it: one that stands for all is loopback here.
func (a *App) reachable() string {
	tcp, ok := a.Addr().(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.Addr().String()
	}
	return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
}
