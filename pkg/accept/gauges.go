package accept

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// gauges registers what is asked at each scrape.
func (d *Door) gauges(reg prometheus.Registerer) {
	if reg == nil {
		return
	}
	f := promauto.With(reg)
	gauge := func(name, help string, value func() float64) {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	for _, s := range States {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: "aldis_accept_state", Help: "1 for the state that the door is in.",
			ConstLabels: prometheus.Labels{"state": string(s)}}, func() float64 {
			if d.watchdog.State() == s {
				return 1
			}
			return 0
		})
	}
	gauge("aldis_accept_idle_seconds", "Since accept last returned.", func() float64 {
		return time.Duration(d.listener.clock() - d.listener.returned.Load()).Seconds()
	})
	queue := func(limit bool) float64 {
		ln, open := d.listener.current()
		if !open || ln == nil {
			return 0
		}
		waiting, most, _ := queueOf(ln)
		if limit {
			return float64(most)
		}
		return float64(waiting)
	}
	gauge("aldis_accept_queue", "Connections that wait in the kernel for accept (Linux).", func() float64 { return queue(false) })
	gauge("aldis_accept_queue_limit", "Connections that may wait there (Linux).", func() float64 { return queue(true) })
	gauge("aldis_accept_places", "Connections that have a place, on their way to a session or with one.", func() float64 { return float64(d.places.used.Load()) })
	gauge("aldis_accept_places_limit", "Places for connections: connections-limit.", func() float64 { return float64(d.places.limit) })
	gauge("aldis_accept_handshakes", "Connections on their way to a session.", func() float64 { return float64(d.handshakes.used.Load()) })
	gauge("aldis_accept_descriptors", "Descriptors that this process has open (Linux).", func() float64 { return float64(openDescriptors()) })
	gauge("aldis_accept_descriptors_limit", "Descriptors that it may have.", func() float64 { return float64(Descriptors()) })
}

// openDescriptors counts this process's descriptors, 0 where the system does not tell.
func openDescriptors() int {
	dir, err := os.Open("/proc/self/fd")
	if errors.Is(err, syscall.EMFILE) {
		return Descriptors() // that is what it says
	}
	if err != nil {
		return 0
	}
	names, _ := dir.Readdirnames(-1) // what was read is the answer
	_ = dir.Close()
	return max(0, len(names)-1) // without this one
}
