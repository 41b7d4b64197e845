package accept

import (
	"log/slog"
	"net/http"
	"strconv"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// allowAnyReader lets a page of any origin read an answer: it tells nothing that its own request did not ask, and
// cookies are never read (protocol section 2).
func allowAnyReader(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "Authorization")
	h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	h.Set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate")
	h.Set("Cache-Control", "no-store")
}

// refuse answers with a problem, counts it, and logs it a few times a second. A plain GET that was admitted is no news.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, p *wire.Problem) {
	h.metrics.refused(p.Code)
	d := h.door
	level, left, ok := slog.LevelDebug, int64(0), true
	if p.Code != wire.CodeUpgradeRequired {
		level = slog.LevelInfo
		left, ok = h.events.allow()
	}
	if ok {
		h.deps.Log.Log(r.Context(), level, "accept: refused", "stage", "request", "remote", r.RemoteAddr, "client", d.client(r).String(),
			"status", p.Status, "code", p.Code, "detail", p.Detail, "connections", d.places.used.Load(), "limit", d.places.limit,
			"left_out", left)
	}
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p *wire.Problem) {
	head := w.Header()
	head.Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusUnauthorized:
		head.Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		head.Set("Allow", "GET, OPTIONS")
	case http.StatusUpgradeRequired:
		head.Set("Upgrade", "websocket")
		head.Set("Connection", "Upgrade")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		head.Set("Retry-After", strconv.Itoa(p.RetrySeconds()))
	case http.StatusBadRequest:
		head.Set("Sec-WebSocket-Version", "13") // RFC 6455 section 4.4
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.JSON()) // a client that is gone needs no answer
}

// codeNotFound is the code of a path that nothing has.
const codeNotFound wire.Code = "not_found"

// NotFound answers a path that nothing has.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	writeProblem(w, &wire.Problem{Status: http.StatusNotFound, Code: codeNotFound, Detail: "nothing is served at this path"})
}
