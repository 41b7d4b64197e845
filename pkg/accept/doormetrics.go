package accept

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sys/unix"
)

// Why a connection was shed before it could ask for anything.
const (
	reasonDescriptors = "descriptors"         // the process or the machine had none: the reserve was used
	reasonCrowded     = "crowded"             // no place even for saying no: reset
	reasonAddress     = "address_connections" // its address has as many as it may
)

var shedReasons = []string{reasonDescriptors, reasonCrowded, reasonAddress}

// doorMetrics are the accept loop's.
type doorMetrics struct {
	accepts    prometheus.Counter
	reopenings prometheus.Counter
	panics     prometheus.Counter
	errors     *prometheus.CounterVec
	sheds      *prometheus.CounterVec
	selfDial   prometheus.Histogram
	selfFailed prometheus.Counter
}

func newDoorMetrics(reg prometheus.Registerer) *doorMetrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &doorMetrics{
		accepts:    counter("aldis_accept_connections_total", "Connections that accept returned, self-dials included."),
		reopenings: counter("aldis_accept_reopenings_total", "Times the listening socket was opened anew."),
		panics:     counter("aldis_accept_panics_total", "Requests ended by a bug in the gateway, each alone."),
		errors: f.NewCounterVec(prometheus.CounterOpts{Name: "aldis_accept_errors_total",
			Help: "Errors of accept, by class (connection, resources, listener) and errno."}, []string{"class", "errno"}),
		sheds: f.NewCounterVec(prometheus.CounterOpts{Name: "aldis_accept_shed_total",
			Help: "Connections ended before they could ask for anything, by reason."}, []string{"reason"}),
		selfDial: f.NewHistogram(prometheus.HistogramOpts{Name: "aldis_accept_self_dial_seconds",
			Help: "Self-dials through the public listener up to a protocol echo.", Buckets: prometheus.ExponentialBuckets(0.0002, 2.5, 10)}),
		selfFailed: counter("aldis_accept_self_dial_failures_total", "Self-dials that got no echo."),
	}
	for errno, class := range classes {
		m.errors.WithLabelValues(string(class), unix.ErrnoName(errno))
	}
	for _, name := range []string{"no_address", "temporary"} {
		m.errors.WithLabelValues(string(ClassConnection), name)
	}
	for _, name := range []string{"closed", "other"} {
		m.errors.WithLabelValues(string(ClassListener), name)
	}
	for _, r := range shedReasons {
		m.sheds.WithLabelValues(r)
	}
	return m
}

func (m *doorMetrics) shed(reason string) { m.sheds.WithLabelValues(reason).Inc() }
