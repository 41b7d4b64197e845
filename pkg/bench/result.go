package bench

// Result is what a run measured. The JSON names are stable: they may become more, none changes its meaning.
type Result struct {
	Scenario    string  `json:"scenario"`
	Settings    Load    `json:"settings"`
	Seed        uint64  `json:"seed"`
	WarmUp      float64 `json:"warm_up_seconds"`
	Seconds     float64 `json:"seconds"` // measured
	Pods        int     `json:"pods"`    // gateways that the sessions were spread over
	Interrupted bool    `json:"interrupted"`

	Sessions  SessionFigures   `json:"sessions"`
	Signals   *SignalFigures   `json:"signals,omitempty"` // pairs, fanout
	Cycles    *CycleFigures    `json:"cycles,omitempty"`  // churn
	Promises  Promises         `json:"promises"`
	Gateway   *GatewayFigures  `json:"gateway"` // all gateways together; null where their metrics are not known
	Redis     *Costs           `json:"redis"`   // null where it is not known
	Generator GeneratorFigures `json:"generator"`
}

// SessionFigures are of sessions as such.
type SessionFigures struct {
	Opened   int64            `json:"opened"`
	Failed   int64            `json:"failed"`
	Failures map[string]int64 `json:"failures"`     // by code or step and code
	OpenTime float64          `json:"open_seconds"` // to open all of them; churn: 0
	// Handshake is from dialing to the welcome.
	Handshake *Percentiles `json:"handshake_ms"`
	// Away are sockets that broke, Ended sessions that did, Gaps the gap frames. Ended sessions owe nothing.
	Away  int64 `json:"disconnects"`
	Ended int64 `json:"ended"`
	Gaps  int64 `json:"gaps"`
}

// SignalFigures are of signals sent at a pace.
type SignalFigures struct {
	// Sent is how many were due in the measured time, Received how many deliveries came in it.
	Sent      int64   `json:"sent"`
	Received  int64   `json:"received"`
	PerSecond float64 `json:"received_per_second"`
	// CrossedPods is the share of Received whose two ends were on different gateways, 0 to 1.
	CrossedPods float64 `json:"crossed_pods"`
	// PacedByLimit tells that the gateway's own limit for each session set the pace.
	PacedByLimit bool             `json:"paced_by_limit"`
	Refused      int64            `json:"refused"` // warm-up included
	RefusedBy    map[string]int64 `json:"refused_by_code"`
	NotDelivered int64            `json:"not_delivered"` // fanout: receivers that the acks left out
	Latency      *Percentiles     `json:"latency_ms"`    // from sent, or due where sending was held up, to received
	LastLatency  *Percentiles     `json:"last_receiver_ms,omitempty"`
	Ack          *Percentiles     `json:"ack_ms"`
	Lag          *Percentiles     `json:"lag_ms"` // from due to sent: the generator's own lateness
}

// CycleFigures are of sessions that come and go.
type CycleFigures struct {
	Started             int64        `json:"started"`
	Finished            int64        `json:"finished"`
	PerSecond           float64      `json:"finished_per_second"`
	HandshakesPerSecond float64      `json:"handshakes_per_second"`
	Time                *Percentiles `json:"cycle_ms"`
	Signal              *Percentiles `json:"signal_ms"` // from sent to received
	Lag                 *Percentiles `json:"lag_ms"`
}

// GatewayFigures are the gateways' own account, from their metrics, as a sum.
type GatewayFigures struct {
	Costs
	CPUCoresEach   []float64 `json:"cpu_cores_each"` // in the order of Config.Ops
	ResidentBefore float64   `json:"resident_bytes_before"`
	ResidentAfter  float64   `json:"resident_bytes_after"`

	// What an idle connection costs; user space only.
	BytesPerConnection      *float64 `json:"bytes_per_connection,omitempty"`
	HeapBytesPerConnection  *float64 `json:"heap_bytes_per_connection,omitempty"`
	StackBytesPerConnection *float64 `json:"stack_bytes_per_connection,omitempty"`
	GoroutinesPerConnection *float64 `json:"goroutines_per_connection,omitempty"`
}

// GeneratorFigures are of the process that makes the load. Where it is busy all the time, the gateway is not what was
// measured.
type GeneratorFigures struct {
	CPUCores float64 `json:"cpu_cores"`
}

// result puts together what all scenarios report.
func (b *bench) result() *Result {
	m := &b.meter
	seconds := m.measured().Seconds()
	r := &Result{Scenario: b.load.Name(), Settings: b.load, Seed: b.cfg.Seed, WarmUp: b.cfg.WarmUp.Seconds(),
		Seconds: seconds, Pods: len(b.pods), Promises: m.promises.read()}
	r.Sessions = SessionFigures{Opened: m.opened.Load(), Handshake: m.handshake.Percentiles(), Away: m.away.Load(),
		Ended: m.ended.Load(), Gaps: m.gaps.Load()}
	r.Sessions.Failures, r.Sessions.Failed = m.failures.read()
	if b.crowd != nil {
		r.Sessions.OpenTime = b.crowd.took.Seconds()
	}
	if seconds > 0 {
		r.Generator.CPUCores = (b.after.own - b.before.own).Seconds() / seconds
		b.costs(r)
	}
	b.load.report(b, r)
	return r
}

// signals are the figures of pairs and fanout.
func (b *bench) signals() *SignalFigures {
	m := &b.meter
	f := &SignalFigures{Sent: m.sent.Load(), Received: m.received.Load(), PacedByLimit: b.limited,
		Latency: m.latency.Percentiles(), Ack: m.ack.Percentiles(), Lag: m.lag.Percentiles()}
	f.RefusedBy, f.Refused = m.refused.read()
	if f.Received > 0 {
		f.CrossedPods = float64(m.crossed.Load()) / float64(f.Received)
	}
	if d := m.measured(); d > 0 {
		f.PerSecond = float64(f.Received) / d.Seconds()
	}
	return f
}
