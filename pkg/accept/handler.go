package accept

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/session"
	"github.com/aldis-rtc/aldis/pkg/vet"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Waits that clients are told.
const (
	retryDraining = time.Second     // another gateway is there by then
	retryFull     = 5 * time.Second // some have left by then, and the others come at different times
	retryStorm    = 2 * time.Second
)

// Deps is what the handler needs of the gateway.
type Deps struct {
	Dialects []dialect.Dialect
	Gate     *vet.Gate
	Sessions *session.Manager
	Log      *slog.Logger
	// Registry takes the metrics; nil means none.
	Registry prometheus.Registerer
	// Pages answers the paths that no dialect has.
	Pages http.Handler
}

// Handler answers the public listener's requests.
type Handler struct {
	deps    Deps
	metrics *metrics
	events  sampled
	door    *Door // set by NewDoor
}

// NewHandler returns the handler of the public listener.
func NewHandler(deps Deps) *Handler { return &Handler{deps: deps, metrics: newMetrics(deps.Registry)} }

// ServeHTTP implements http.Handler: a dialect's path opens a connection, everything else is a page.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.door.watchdog.self.isSelf(r) {
		h.door.watchdog.self.serve(w, r)
		return
	}
	if c := connOf(r); c != nil && c.over {
		allowAnyReader(w.Header())
		w.Header().Set("Connection", "close")
		h.refuse(w, r, overloaded("the gateway has as many connections as it may", retryFull))
		return
	}
	for _, d := range h.deps.Dialects {
		if d.Match(r) {
			h.connect(w, r, d)
			return
		}
	}
	if hasToken(r.Header, "Upgrade", "websocket") {
		h.refuse(w, r, &wire.Problem{Status: http.StatusNotFound, Code: codeNotFound,
			Detail: "no WebSocket is opened at this path; native clients open theirs at " + selfPath})
		return
	}
	h.deps.Pages.ServeHTTP(w, r)
}

// connect vets a request in the protocol's order and upgrades it.
func (h *Handler) connect(w http.ResponseWriter, r *http.Request, d dialect.Dialect) {
	began := time.Now()
	allowAnyReader(w.Header())
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	o, upgrade, problem := h.read(r, d)
	var grant vet.Grant
	if problem == nil {
		grant, problem = h.admit(r, o, upgrade)
	}
	if problem == nil {
		s := h.deps.Sessions.Prepare(session.Opening{
			Dialect: d.Name(), Codec: o.Codec, Grant: grant, Remote: h.door.client(r).String(), Began: began,
		})
		if s != nil {
			h.upgrade(w, r, o, s)
			return
		}
		problem = draining()
	}
	h.refuse(w, r, problem)
}

// read finds out whether the request is well-formed and whether it asks for a WebSocket.
func (h *Handler) read(r *http.Request, d dialect.Dialect) (o dialect.Opening, upgrade bool, p *wire.Problem) {
	if r.Method != http.MethodGet {
		return o, false, &wire.Problem{Status: http.StatusMethodNotAllowed, Code: wire.CodeMalformed, Detail: "the method here is GET"}
	}
	if len(r.Header.Values("Origin")) > 1 {
		return o, false, &wire.Problem{Status: http.StatusBadRequest, Code: wire.CodeMalformed, Detail: "several Origin headers"}
	}
	upgrade, p = wantsUpgrade(r)
	if p != nil {
		return o, upgrade, p
	}
	o, err := d.Open(r)
	if err != nil && !errors.As(err, &p) {
		p = &wire.Problem{Status: http.StatusBadRequest, Code: wire.CodeMalformed, Detail: "the request cannot be read"}
	}
	return o, upgrade, p
}

func (h *Handler) admit(r *http.Request, o dialect.Opening, upgrade bool) (vet.Grant, *wire.Problem) {
	a := vet.Attempt{App: o.App, Origin: r.Header.Get("Origin"), Remote: h.door.client(r), Token: o.Token}
	if refusal := h.deps.Gate.Arrive(a); refusal != nil {
		return vet.Grant{}, &refusal.Problem
	}
	if p := h.attempt(r, a.Remote); p != nil {
		return vet.Grant{}, p
	}
	if h.deps.Sessions.Draining() {
		return vet.Grant{}, draining()
	}
	grant, refusal := h.deps.Gate.Admit(a)
	if refusal != nil {
		return grant, &refusal.Problem
	}
	if !upgrade {
		return grant, &wire.Problem{Status: http.StatusUpgradeRequired, Code: wire.CodeUpgradeRequired,
			Detail: "admitted as far as this request shows; open a WebSocket here"}
	}
	return grant, nil
}

func draining() *wire.Problem {
	return &wire.Problem{Status: http.StatusServiceUnavailable, Code: wire.CodeDraining,
		Detail: "this gateway is leaving; another one takes you", RetryAfter: retryDraining}
}

// upgrade makes the request a socket and gives it to its session. The session is registered before the client can
// speak.
func (h *Handler) upgrade(w http.ResponseWriter, r *http.Request, o dialect.Opening, s *session.Session) {
	opts := &websocket.AcceptOptions{
		InsecureSkipVerify: true, // vet has judged the origin
		OnPingReceived:     s.Ping,
		OnPongReceived:     s.Pong,
	}
	if o.Subprotocol != "" {
		opts.Subprotocols = []string{o.Subprotocol}
	}
	served := false
	defer func() { // whatever happens here, the session is not left behind
		if !served {
			s.Abandon()
		}
	}()
	hw := &hijacked{ResponseWriter: w}
	conn, err := websocket.Accept(hw, r, opts)
	if err != nil {
		h.metrics.failed.Inc()
		h.deps.Log.Info("accept: upgrade failed", "remote", r.RemoteAddr, "err", err)
		return
	}
	h.metrics.upgraded.Inc()
	served = true
	s.Serve(conn, hw.conn)
}
