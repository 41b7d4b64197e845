package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// table writes rows of a name and figures.
type table struct{ strings.Builder }

func (t *table) row(name string, figures ...string) {
	fmt.Fprintf(t, "  %-14s %s\n", name, strings.Join(figures, "  "))
}

func (t *table) percentiles(name string, p *Percentiles) {
	if p == nil || p.Count == 0 {
		t.row(name, "none")
		return
	}
	t.row(name, "p50 "+ms(p.P50), "p90 "+ms(p.P90), "p99 "+ms(p.P99), "p99.9 "+ms(p.P999), "max "+ms(p.Max))
}

// Table writes the result for people.
func (r *Result) Table(w io.Writer) error {
	var t table
	fmt.Fprintf(&t, "%s: %s", r.Scenario, r.Settings.describe())
	if r.Pods > 1 {
		fmt.Fprintf(&t, ", over %d gateways", r.Pods)
	}
	fmt.Fprintf(&t, ", measured for %.1f s", r.Seconds)
	if r.Interrupted {
		t.WriteString(" (ended early)")
	}
	t.WriteString("\n")
	r.sessions(&t)
	if s := r.Signals; s != nil {
		r.signals(&t, s)
	}
	if c := r.Cycles; c != nil {
		t.row("cycles", number(c.Started)+" started", number(c.Finished)+" finished", fmt.Sprintf("%.1f/s", c.PerSecond))
		t.percentiles("cycle", c.Time)
		t.percentiles("signal", c.Signal)
		if c.Lag.Count > 0 {
			t.percentiles("started late", c.Lag)
		}
	}
	r.gateway(&t)
	if r.Redis != nil {
		t.row("redis", r.Redis.figures()...)
	}
	t.row("generator", fmt.Sprintf("%.2f cores", r.Generator.CPUCores))
	t.row("promises", r.Promises.String())
	_, err := io.WriteString(w, t.String())
	return err
}

func (r *Result) sessions(t *table) {
	s := &r.Sessions
	figures := []string{number(s.Opened) + " opened"}
	switch {
	case s.OpenTime > 0:
		figures = append(figures, fmt.Sprintf("in %.2f s", s.OpenTime))
	case r.Cycles != nil:
		figures = append(figures, fmt.Sprintf("%.1f handshakes/s", r.Cycles.HandshakesPerSecond))
	}
	t.row("sessions", append(figures, number(s.Failed)+" failed"+byName(s.Failures))...)
	t.percentiles("handshake", s.Handshake)
	if s.Away+s.Ended+s.Gaps > 0 {
		t.row("", number(s.Away)+" disconnects", number(s.Ended)+" sessions ended", number(s.Gaps)+" gaps")
	}
}

func (r *Result) signals(t *table, s *SignalFigures) {
	t.row("signals", number(s.Sent)+" sent", number(s.Received)+" received", fmt.Sprintf("%s/s", number(int64(s.PerSecond+0.5))))
	if s.PacedByLimit {
		t.row("", "paced by the gateway's limit for each session")
	}
	if r.Pods > 1 {
		t.row("", fmt.Sprintf("%.1f %% from one gateway to another", 100*s.CrossedPods))
	}
	t.percentiles("latency", s.Latency)
	if s.LastLatency != nil {
		t.percentiles("last receiver", s.LastLatency)
	}
	t.percentiles("ack", s.Ack)
	if s.Lag.Count > 0 {
		t.percentiles("sent late", s.Lag)
	}
	t.row("refused", number(s.Refused)+byName(s.RefusedBy))
	if s.NotDelivered > 0 {
		t.row("", number(s.NotDelivered)+" receivers left out")
	}
}

func (r *Result) gateway(t *table) {
	g := r.Gateway
	if g == nil {
		t.row("gateway", "not known: no metrics")
		return
	}
	name := "gateway"
	if len(g.CPUCoresEach) > 1 {
		name = fmt.Sprintf("%d gateways", len(g.CPUCoresEach))
	}
	t.row(name, append(g.figures(), fmt.Sprintf("RSS %.1f → %.1f MiB", g.ResidentBefore/(1<<20), g.ResidentAfter/(1<<20)))...)
	if g.BytesPerConnection != nil {
		t.row("a connection", number(int64(*g.BytesPerConnection))+" bytes RSS", number(int64(*g.HeapBytesPerConnection))+" heap",
			number(int64(*g.StackBytesPerConnection))+" stack", fmt.Sprintf("%.2f goroutines", *g.GoroutinesPerConnection))
	}
}

// byName is counts in brackets, "" where there are none.
func byName(counts map[string]int64) string {
	if len(counts) == 0 {
		return ""
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, name+" "+number(counts[name]))
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// number writes n with commas between thousands.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// ms writes milliseconds with three digits that count.
func ms(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f ms", v)
	case v < 100:
		return fmt.Sprintf("%.1f ms", v)
	}
	return fmt.Sprintf("%.0f ms", v)
}
