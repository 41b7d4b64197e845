package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// policy is what the page may load and do (CSP Level 3): its own files and nothing else. There is no inline script or
// style. ws: and wss: are named because not every browser counts them to 'self'.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self' ws: wss:",
	"img-src 'self' data:",
	"media-src 'self' blob: mediastream:",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
}, "; ")

// secure sets the headers that every answer has.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), microphone=(self)")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// share lets pages of other origins load the SDK, which is public.
func share(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// refuse answers with a problem (RFC 9457).
func refuse(w http.ResponseWriter, status int, code, detail string) {
	body, _ := json.Marshal(struct { // strings and a number: cannot fail
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`
	}{"about:blank", http.StatusText(status), status, detail, code})
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}
