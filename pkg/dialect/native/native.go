// Package native is the Aldis protocol itself, version 1 (docs/protocol.md): the dialect that has a word for everything.
package native

import (
	"net/http"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Path is the endpoint; Subprotocol the WebSocket subprotocol of version 1.
const (
	Path        = "/v1/connect"
	Subprotocol = "aldis.v1"
)

const bearerPrefix = "aldis.bearer."

// Dialect implements dialect.Dialect.
type Dialect struct{}

// Name implements dialect.Dialect.
func (Dialect) Name() string { return "native" }

// Match implements dialect.Dialect.
func (Dialect) Match(r *http.Request) bool { return r.URL.Path == Path }

// Open implements dialect.Dialect: app from the query; token from Authorization, else from the further subprotocol
// item aldis.bearer.<jwt> (protocol section 2).
func (Dialect) Open(r *http.Request) (dialect.Opening, error) {
	o := dialect.Opening{App: wire.DefaultApp, Codec: codec{}}
	query, err := parseQuery(r)
	if err != nil {
		return o, err
	}
	if apps, ok := query["app"]; ok {
		if len(apps) > 1 {
			return o, malformed("app: given %d times; once is right", len(apps))
		}
		o.App = wire.AppID(apps[0])
		if err := o.App.Check(); err != nil {
			return o, malformed("app: %v", err)
		}
	}
	offered, bearers := subprotocols(r.Header)
	switch {
	case len(bearers) > 1:
		return o, malformed("Sec-WebSocket-Protocol: %d items %s…; one is right", len(bearers), bearerPrefix)
	case len(offered) == 0 && len(bearers) == 0:
	case !has(offered, Subprotocol):
		return o, &wire.Problem{Status: http.StatusBadRequest, Code: wire.CodeUnsupportedProtocol,
			Detail: "Sec-WebSocket-Protocol: this gateway speaks " + Subprotocol}
	default:
		o.Subprotocol = Subprotocol
	}
	o.Token, err = authorization(r.Header)
	if err != nil {
		return o, err
	}
	if o.Token == "" && len(bearers) == 1 {
		o.Token = bearers[0]
	}
	return o, nil
}

// subprotocols splits what the client offers into protocols and bearer tokens.
func subprotocols(h http.Header) (offered, bearers []string) {
	for _, line := range h.Values("Sec-WebSocket-Protocol") {
		for item := range strings.SplitSeq(line, ",") {
			switch item = strings.TrimSpace(item); {
			case item == "":
			case strings.HasPrefix(item, bearerPrefix):
				bearers = append(bearers, item[len(bearerPrefix):])
			default:
				offered = append(offered, item)
			}
		}
	}
	return offered, bearers
}

// authorization returns the token of Authorization: Bearer (RFC 6750 section 2.1), "" where there is none.
func authorization(h http.Header) (string, error) {
	lines := h.Values("Authorization")
	if len(lines) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(lines[0]), " ")
	if len(lines) > 1 || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return "", malformed("Authorization: one header of the form Bearer <jwt> is right")
	}
	return strings.TrimSpace(token), nil
}

func has(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
