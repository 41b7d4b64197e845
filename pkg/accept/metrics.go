package accept

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// metrics of the door.
type metrics struct {
	upgraded prometheus.Counter
	failed   prometheus.Counter
	refusals *prometheus.CounterVec
}

// refusalCodes are the reasons for which a request is refused, all counted from zero.
var refusalCodes = []wire.Code{
	wire.CodeMalformed, wire.CodeUnsupportedProtocol, wire.CodeUnauthorized, wire.CodeForbidden, wire.CodeUnknownApp,
	wire.CodeUpgradeRequired, wire.CodeRateLimited, wire.CodeDraining, wire.CodeOverloaded, wire.CodeStarting,
	codeNotFound,
}

func newMetrics(reg prometheus.Registerer) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	f := promauto.With(reg)
	m := &metrics{
		upgraded: f.NewCounter(prometheus.CounterOpts{Name: "aldis_upgrades_total", Help: "Requests that became a WebSocket."}),
		failed:   f.NewCounter(prometheus.CounterOpts{Name: "aldis_upgrade_failures_total", Help: "Admitted requests whose socket could not be taken over, for instance because the client was gone."}),
		refusals: f.NewCounterVec(prometheus.CounterOpts{Name: "aldis_refusals_total", Help: "Requests answered with problem+json, by code; upgrade_required is a plain GET that was admitted."}, []string{"code"}),
	}
	for _, c := range refusalCodes {
		m.refusals.WithLabelValues(string(c))
	}
	return m
}

func (m *metrics) refused(c wire.Code) { m.refusals.WithLabelValues(string(c)).Inc() }
