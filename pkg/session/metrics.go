package session

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// metrics of all sessions of this pod.
type metrics struct {
	connections  prometheus.Gauge
	queued       prometheus.Gauge
	panics       prometheus.Counter
	silent       prometheus.Counter
	wrongSecrets prometheus.Counter
	opened       *prometheus.CounterVec
	signals      *prometheus.CounterVec
	refusals     *prometheus.CounterVec
	closes       *prometheus.CounterVec
	handshake    prometheus.Histogram
	relay        prometheus.Histogram
}

// newMetrics registers them with reg; nil keeps them to themselves. All label values are created at zero.
func newMetrics(reg prometheus.Registerer, h *hub.Hub) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	f := promauto.With(reg)
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "aldis_sessions", Help: "Sessions attached on this pod."},
		func() float64 { return float64(h.Sessions()) })
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "aldis_rooms", Help: "Rooms with a member on this pod."},
		func() float64 { return float64(h.Rooms()) })
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, first float64) prometheus.Histogram {
		return f.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, 2.5, 12)})
	}
	m := &metrics{
		connections:  f.NewGauge(prometheus.GaugeOpts{Name: "aldis_connections", Help: "Sockets open on this pod, with or without a session."}),
		queued:       f.NewGauge(prometheus.GaugeOpts{Name: "aldis_queue_frames", Help: "Answers, presence and receipts that wait for a socket, over all sockets."}),
		panics:       counter("aldis_session_panics_total", "Connections ended by a bug in the gateway, each alone."),
		silent:       counter("aldis_silent_total", "Sockets dropped because nothing came, pongs included, for two heartbeats and 5 s."),
		wrongSecrets: counter("aldis_resume_wrong_secret_total", "Hellos that claimed a living session with a wrong secret."),
		opened:       vec("aldis_welcomes_total", "Welcomes told, by how the session came.", "resumed"),
		signals:      vec("aldis_signals_total", "Signals by result: sent, queued, room, or the code of the refusal.", "result"),
		refusals:     vec("aldis_frame_errors_total", "Frames answered with an error by the session itself, by code.", "code"),
		closes:       vec("aldis_closes_total", "Sockets ended, by close code; 1006 is an end without a close frame.", "reason"),
		handshake:    histogram("aldis_handshake_seconds", "From the HTTP request to the welcome.", 0.0002),
		relay:        histogram("aldis_relay_seconds", "From a signal's being taken to its being written to the receiver's socket.", 0.00002),
	}
	m.zero()
	return m
}

const (
	resultSent   = "sent"
	resultQueued = "queued"
	resultRoom   = "room"
)

func (m *metrics) zero() {
	for _, r := range []string{resultSent, resultQueued, resultRoom} {
		m.signals.WithLabelValues(r)
	}
	for _, c := range wire.Codes {
		m.signals.WithLabelValues(string(c))
		m.refusals.WithLabelValues(string(c))
	}
	for _, reason := range wire.CloseReasons {
		m.closes.WithLabelValues(reason)
	}
	m.opened.WithLabelValues("true")
	m.opened.WithLabelValues("false")
}

func (m *metrics) signal(o broker.Outcome) {
	result := resultSent
	switch {
	case o.Code != "":
		result = string(o.Code)
	case o.Queued:
		result = resultQueued
	case o.Receivers > 0 || o.Full > 0:
		result = resultRoom
	}
	m.signals.WithLabelValues(result).Inc()
}

func (m *metrics) refused(c wire.Code) { m.refusals.WithLabelValues(string(c)).Inc() }

func (m *metrics) closed(c wire.CloseCode) { m.closes.WithLabelValues(c.Reason()).Inc() }

func (m *metrics) welcomes(resumed bool) {
	if resumed {
		m.opened.WithLabelValues("true").Inc()
	} else {
		m.opened.WithLabelValues("false").Inc()
	}
}
