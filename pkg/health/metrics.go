package health

import "github.com/prometheus/client_golang/prometheus"

// newGauge returns the gauge of the checks, registered in reg unless that is nil.
func newGauge(reg prometheus.Registerer) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "aldis_health_check_ok",
		Help: "1 where the named check of the probe succeeded when it last ran, 0 where it failed or has not run.",
	}, []string{"check", "probe"})
	if reg != nil {
		reg.MustRegister(g)
	}
	return g
}

// newRefused returns the counter of connections that the ops listener closed unheard, registered in reg unless that
// is nil.
func newRefused(reg prometheus.Registerer) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "aldis_ops_refused_connections_total",
		Help: "Connections to the ops listener that were closed at once because it had its most already.",
	})
	if reg != nil {
		reg.MustRegister(c)
	}
	return c
}
