package redis

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of the link and of what goes over it.
type metrics struct {
	outages, outageSeconds                   prometheus.Counter
	gaps, rereads, reads, restored, gapsTold prometheus.Counter
	refused, unreplicated, dropped, unheard  prometheus.Counter
	unreadable, stale, buried                prometheus.Counter
	echo, batch, messages                    prometheus.Histogram
}

// newMetrics registers them with reg; nil keeps them to themselves.
func newMetrics(reg prometheus.Registerer, b *Broker) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "aldis_redis_" + name, Help: help})
	}
	gauge := func(name, help string, value func() float64) {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: "aldis_redis_" + name, Help: help}, value)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return f.NewHistogram(prometheus.HistogramOpts{Name: "aldis_redis_" + name, Help: help, Buckets: buckets})
	}
	gauge("link_up", "1 while the store answers and this pod's lease lasts.", func() float64 {
		if b.link.state() == nil {
			return 1
		}
		return 0
	})
	gauge("held", "Sessions that this pod holds, attached and in the grace that it began.", func() float64 { return float64(b.sessions.len()) })
	gauge("waiting", "Calls, most of them signals, that wait for Redis's answer to those before them.", func() float64 { return float64(b.waiting.Load()) })
	gauge("later", "Steps that the store is still to take.", func() float64 { return float64(b.later.len()) })
	sizes := prometheus.ExponentialBuckets(1, 2, 9)
	return &metrics{
		outages:       counter("outages_total", "Times that the store was away."),
		outageSeconds: counter("outage_seconds_total", "Time for which the store was away, told when it is back."),
		gaps:          counter("gaps_total", "Times that messages of other pods may have been missed, so that all inboxes held were looked at."),
		rereads:       counter("rereads_total", "Sessions proved and inboxes looked at, after a gap or an outage."),
		reads:         counter("reads_total", "Reads of an inbox for what did not come with a wake, or was not kept here."),
		restored:      counter("restored_total", "Sessions written anew because the store was another one or was emptied."),
		gapsTold:      counter("gaps_told_total", "Sessions told that the store may have lost something."),
		refused:       counter("unavailable_total", "Signals answered unavailable because the store did not answer."),
		unreplicated:  counter("unreplicated_total", "Signals answered unavailable because too few replicas had them in time."),
		dropped:       counter("dropped_total", "Messages to pods for which too much waited; they read their inboxes instead."),
		unheard:       counter("unheard_total", "Batches that no pod heard, or whose sending failed."),
		unreadable:    counter("unreadable_total", "Batches of a release that this one does not understand."),
		stale:         counter("stale_rooms_total", "Rooms whose rosters were read anew because a change may have been missed."),
		buried:        counter("dead_pods_total", "Pods whose lease had ended, found by this one."),
		echo:          histogram("echo_seconds", "From publishing to oneself to hearing it.", prometheus.ExponentialBuckets(0.0001, 2.5, 11)),
		batch:         histogram("batch_commands", "Calls in one pipeline.", sizes),
		messages:      histogram("batch_messages", "Messages in one batch to a pod.", sizes),
	}
}
