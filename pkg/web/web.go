// Package web is the demo page: it joins a room, talks to its peers over WebRTC, and shows each signaling frame with
// its latency. Page and SDK are embedded files, served as they are.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// page holds the demo page: index.html and, beside it, its modules and style sheets.
//
//go:embed demo
var page embed.FS

// sdkPath is where the SDK's modules are.
const sdkPath = "/sdk/"

// Handler serves the demo page at /, its modules and style sheets below /demo/ and, below /sdk/, the JavaScript modules
// at the root of sdk. Files are read once, here. Everything else is 404, other methods than GET and HEAD are 405; both
// are application/problem+json (RFC 9457).
func Handler(sdk fs.FS) http.Handler {
	assets := load(sdk)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if strings.HasPrefix(r.URL.Path, sdkPath) {
			share(w.Header())
		}
		a, ok := assets[r.URL.Path]
		switch {
		case !ok:
			refuse(w, http.StatusNotFound, "not_found", "nothing is served at this path")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "the methods here are GET and HEAD")
		case a.err != nil:
			refuse(w, http.StatusInternalServerError, "unreadable", "this file could not be read when the gateway started")
		default:
			a.serve(w, r)
		}
	})
}

// serve answers with the asset, or 304 to a client that has it (RFC 9110, section 13.1.2).
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("ETag", a.tag)
	// Kept, but asked for each time: the files of one version never meet those of another.
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}
