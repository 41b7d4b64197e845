package accept

import (
	"net/http"
	"runtime/debug"
)

// fence keeps a panic in the request that it came from: a log line, a counter, and the end of that connection, whoever
// has it by now.
func fence(next http.Handler, d *Door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p != http.ErrAbortHandler { // which is a handler's way to end a connection, not a bug
				d.metrics.panics.Inc()
				d.log.Error("accept: panic", "panic", p, "remote", r.RemoteAddr, "path", r.URL.Path, "stack", string(debug.Stack()))
			}
			if c := connOf(r); c != nil {
				_ = c.Close() // net/http does not close what was taken over
			}
			panic(http.ErrAbortHandler) // net/http ends its side and logs nothing more
		}()
		next.ServeHTTP(w, r)
	})
}
