package health

import (
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// index is what / answers.
const index = `Aldis, for operators:

/livez            200 while this process works; else 503: restart it
/readyz           200 while it takes new connections, degraded or not; else 503: send them elsewhere
/readyz?verbose   the same with each check and its reason; /livez too
/metrics          Prometheus metrics
`

// Handler answers /livez, /readyz, /metrics with what gatherer gathers, and an index at /. It knows GET and HEAD and
// nothing else. The checks are asked before a scrape too, so that their gauges are never old.
func Handler(checks *Checks, gatherer prometheus.Gatherer) http.Handler {
	metrics := promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, // more scrapers than that get a 503
	})
	mux := http.NewServeMux()
	mux.HandleFunc("/livez", checks.serve(Live))
	mux.HandleFunc("/readyz", checks.serve(Ready))
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		for _, probe := range probes {
			if _, err := checks.Ask(r.Context(), probe); err != nil {
				return // whoever asked has gone
			}
		}
		metrics.ServeHTTP(w, r)
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, index) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			text(w, http.StatusMethodNotAllowed, "only GET and HEAD\n")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// serve answers one probe: 200, degraded or not, or 503 with the names of the checks that failed. Reasons are told only to who asks
// for them with ?verbose, because they name other machines.
func (c *Checks) serve(probe Probe) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		report, err := c.Ask(r.Context(), probe)
		if err != nil {
			return // whoever asked has gone
		}
		status := http.StatusOK
		if !report.OK() {
			status = http.StatusServiceUnavailable
		}
		if r.URL.Query().Has("verbose") {
			text(w, status, report.Verbose())
		} else {
			text(w, status, report.String())
		}
	}
}

// text writes a plain answer. An error of the write is the connection's, which net/http ends.
func text(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
