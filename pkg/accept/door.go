package accept

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	proxyproto "github.com/pires/go-proxyproto"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
)

// Bounds of a request before its upgrade.
const (
	headerTimeout  = 5 * time.Second
	idleTimeout    = 15 * time.Second
	overTimeout    = time.Second // what a connection above the bound has to be told no
	stopPatience   = 2 * time.Second
	maxHeaderBytes = 32 << 10
)

// Door is the public listener, its server and its watchdog.
type Door struct {
	address string
	cfg     Config
	log     *slog.Logger
	metrics *doorMetrics
	server  *http.Server
	certs   *certs // nil: no TLS
	tls     *tls.Config

	places     *slots // connections
	overs      *slots // connections above the bound, to be told no
	handshakes *slots // connections that are not sessions yet
	addresses  *addresses
	rate       *rate.Limiter // of requests for a session

	listener *listener
	watchdog *watchdog
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// NewDoor returns a Door that serves handler at address once it is started. The config is complete and valid; the error is that of
// the certificate's files.
func NewDoor(address string, cfg Config, handler *Handler, log *slog.Logger, reg prometheus.Registerer) (*Door, error) {
	d := &Door{
		address: address, cfg: cfg, log: log, metrics: newDoorMetrics(reg),
		places: newSlots(cfg.connections()), overs: newSlots(shedPlaces), handshakes: newSlots(cfg.Handshakes),
		addresses: newAddresses(cfg.AddressConnections),
		rate:      rate.NewLimiter(rate.Limit(cfg.HandshakesPerSecond), max(1, int(2*cfg.HandshakesPerSecond))),
	}
	if cfg.TLSCert != "" {
		var err error
		if d.certs, err = loadCerts(cfg.TLSCert, cfg.TLSKey, log); err != nil {
			return nil, err
		}
		d.tls = d.certs.config()
	}
	d.listener = newListener(listenTCP, d.admit, log, d.metrics)
	d.watchdog = newWatchdog(d)
	handler.door = d
	d.server = &http.Server{
		Handler: fence(handler, d), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ConnState: d.connState, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, bottom(c))
		},
	}
	d.gauges(reg)
	return d, nil
}

type connKey struct{}

// connOf returns the connection of a request.
func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// Start listens and begins to serve. The error is that of listening.
func (d *Door) Start(ctx context.Context) error {
	if err := d.listener.open(ctx, d.address); err != nil {
		return err
	}
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	d.running.Go(func() {
		// Serve ends with the listener alone, whose only error is its Close.
		if err := d.server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			d.log.Error("accept: the server ended", "err", err)
		}
	})
	d.watchdog.become(StateOpen, "") // it listens: who asks next is told so
	d.running.Go(func() { d.watchdog.run(ctx) })
	if d.certs != nil {
		d.running.Go(func() { d.certs.watch(ctx) })
	}
	return nil
}

// admit finds a place for a connection, or ends it.
func (d *Door) admit(raw net.Conn) net.Conn {
	c := &conn{Conn: raw, door: d}
	from := addrOf(raw.RemoteAddr())
	proxied := within(d.cfg.ProxyFrom, from)
	own := from == addrOf(raw.LocalAddr()) // this machine: what holds for loopback, see network
	if p := network(from); !own && !proxied && !within(d.cfg.ForwardedFrom, from) {
		if !d.addresses.enter(p) {
			d.refuse(raw, reasonAddress)
			return nil
		}
		c.addr = p
	}
	timeout := d.cfg.HandshakeTimeout
	switch {
	case d.handshakes.take():
		if !d.places.take() {
			d.handshakes.give()
			c.over = true
		}
	default:
		c.over = true
	}
	if c.over {
		timeout = overTimeout
		if !d.overs.take() {
			d.addresses.leave(c.addr)
			d.refuse(raw, reasonCrowded)
			return nil
		}
	}
	c.until = time.Now().Add(timeout)
	_ = c.Conn.SetDeadline(c.until)
	var out net.Conn = c
	if proxied {
		out = proxyproto.NewConn(c, proxyproto.WithPolicy(proxyproto.USE), proxyproto.SetReadHeaderTimeout(headerTimeout))
	}
	if d.tls != nil {
		out = tls.Server(out, d.tls)
	}
	return out
}

// refuse resets a connection for which there is not even a place to be told no.
func (d *Door) refuse(raw net.Conn, reason string) {
	d.metrics.shed(reason)
	d.listener.warn("accept: connection shed", "stage", "accept", "reason", reason, "remote", raw.RemoteAddr().String(),
		"connections", d.places.used.Load(), "limit", d.places.limit)
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// connState follows a connection through the server: each request has its time, and a session has no deadline from here.
func (d *Door) connState(nc net.Conn, state http.ConnState) {
	c := bottom(nc)
	switch {
	case c == nil:
	case state == http.StateHijacked:
		c.upgraded()
	case state == http.StateIdle:
		c.begin(idleTimeout + d.cfg.HandshakeTimeout)
	}
}

// Addr returns where the door listens, nil before Start.
func (d *Door) Addr() net.Addr { return d.listener.addr }

// Ready reports whether clients should be sent here: nil, or what keeps the door from taking them.
func (d *Door) Ready(context.Context) error { return d.watchdog.ready() }

// Live reports whether the door can still be helped: an error only when its loop is dead and listening again did not
// bring it back.
func (d *Door) Live(context.Context) error { return d.watchdog.live() }

// Stop closes the listener and lets requests under way end for stopPatience; sockets that were upgraded are not its business. The
// error is that of a loop which has not ended when ctx does.
func (d *Door) Stop(ctx context.Context) error {
	if d.stop == nil {
		return nil
	}
	d.watchdog.close()
	d.stop()
	patience, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	if d.server.Shutdown(patience) != nil { // it would wait longer for who has not even asked yet
		_ = d.server.Close() // it closes what is left, and the listener is closed
	}
	over := make(chan struct{})
	go func() {
		d.running.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done(): // a loop that is stuck must not keep the process from leaving
		return fmt.Errorf("the accept loop has not ended: %w", ctx.Err())
	}
}
