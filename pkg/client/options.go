package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Options are what Connect takes besides the URL. The zero value is good.
type Options struct {
	// App is the tenant; empty means the service's default one, or what the URL's query says.
	App wire.AppID
	// Peer is the address to hold; empty lets the service choose (the token's subject, or a generated name), and the
	// client then keeps that one.
	Peer wire.PeerID
	// Token is asked for each socket and each renewal. The token goes into the Authorization header, never into a URL
	// or a log. Its error counts as a failed attempt. Nil: no token.
	Token func(context.Context) (string, error)
	// Meta is JSON shown to other peers, at most 1 KiB unless the gateway is set up otherwise.
	Meta json.RawMessage
	// Features are protocol features to ask for.
	Features []string

	// Handle gets the events, one at a time and in order, on a goroutine of its own. A signal is acked to the gateway
	// after Handle returned. It may call every method of the Client. Nil: events are dropped and signals acked.
	Handle func(Event)

	// Backoff paces attempts to connect.
	Backoff Backoff
	// MaxAttempts is how many attempts in a row may fail before the client ends; 0: no limit.
	MaxAttempts int
	// ConnectTimeout bounds one attempt, from asking for the token to the welcome. Default 10 s.
	ConnectTimeout time.Duration
	// HeartbeatGrace is how long the gateway may be silent after a ping, and how long a write may take. Default 10 s.
	HeartbeatGrace time.Duration
	// CloseTimeout is how long Close waits for the gateway. Default 5 s.
	CloseTimeout time.Duration

	// DialContext opens the TCP connection; nil: a net.Dialer, through the proxy that the environment names.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is used for wss; nil: the system's roots.
	TLS *tls.Config
	// Logger gets a line for each socket that came or went; nil: silent.
	Logger *slog.Logger
}

// Backoff is exponential with full jitter: attempt i waits a random time below min(Cap, Base * 2^i), on top of what
// the gateway asked for.
type Backoff struct {
	Base time.Duration // default 0.5 s
	Cap  time.Duration // default 30 s
}

// Validate reports the first field that cannot be used.
func (o *Options) Validate() error {
	fail := func(field string, err error) error { return fmt.Errorf("client: Options.%s: %w", field, err) }
	if o.App != "" {
		if err := o.App.Check(); err != nil {
			return fail("App", err)
		}
	}
	if o.Peer != "" {
		if err := o.Peer.CheckHeld(); err != nil {
			return fail("Peer", err)
		}
	}
	if err := checkJSON(o.Meta); err != nil {
		return fail("Meta", err)
	}
	for _, f := range o.Features {
		if f == "" || !utf8.ValidString(f) {
			return fail("Features", errors.New("empty or not UTF-8"))
		}
	}
	if o.MaxAttempts < 0 {
		return fail("MaxAttempts", errors.New("negative"))
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"Backoff.Base", o.Backoff.Base}, {"Backoff.Cap", o.Backoff.Cap}, {"ConnectTimeout", o.ConnectTimeout},
		{"HeartbeatGrace", o.HeartbeatGrace}, {"CloseTimeout", o.CloseTimeout},
	} {
		if d.value < 0 {
			return fail(d.field, errors.New("negative"))
		}
	}
	if n := o.normal(); n.Backoff.Cap < n.Backoff.Base {
		return fail("Backoff.Cap", errors.New("less than Base"))
	}
	return nil
}

// normal returns the options with their defaults filled in.
func (o Options) normal() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.Backoff.Base, 500*time.Millisecond)
	def(&o.Backoff.Cap, max(30*time.Second, o.Backoff.Base))
	def(&o.ConnectTimeout, 10*time.Second)
	def(&o.HeartbeatGrace, 10*time.Second)
	def(&o.CloseTimeout, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// checkJSON reports why raw cannot stand in a frame: a gateway closes the socket on bytes that are not UTF-8.
func checkJSON(raw json.RawMessage) error {
	switch {
	case len(raw) == 0:
		return nil
	case !utf8.Valid(raw):
		return errors.New("not UTF-8")
	case !json.Valid(raw):
		return errors.New("not JSON")
	}
	return nil
}

// endpoint makes the URL of the WebSocket: path /v1/connect where there is none, the app in the query.
func endpoint(raw string, app wire.AppID) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("client: the URL cannot be parsed") // url.Error would repeat it, password and all
	}
	switch u.Scheme {
	case "ws", "wss":
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return "", fmt.Errorf("client: URL scheme %q: want ws, wss, http or https", u.Scheme)
	}
	switch {
	case u.Host == "":
		return "", errors.New("client: the URL has no host")
	case u.User != nil:
		return "", errors.New("client: the URL has a user: use Options.Token")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/connect"
	}
	if app != "" {
		q := u.Query()
		q.Set("app", string(app))
		u.RawQuery = q.Encode()
	}
	u.Fragment = ""
	return u.String(), nil
}
