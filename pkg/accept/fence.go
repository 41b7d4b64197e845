package accept

import "net/http"

// fence keeps a panic in the request that it came from: a log line, a counter, and the end of that connection.
func fence(next http.Handler, d *Door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				d.metrics.panics.Inc()
				d.log.Error("accept: panic", "panic", p, "remote", r.RemoteAddr, "path", r.URL.Path)
				panic(http.ErrAbortHandler) // net/http ends the connection and logs nothing more
			}
		}()
		next.ServeHTTP(w, r)
	})
}
