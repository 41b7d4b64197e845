package bench

import "fmt"

// Costs are the CPU time of the gateways together, or of Redis.
type Costs struct {
	CPUCores float64 `json:"cpu_cores"` // busy, on average

	// CPU time in microseconds for each of what the scenario counts.
	CPUPerSignal    *float64 `json:"cpu_us_per_signal,omitempty"`
	CPUPerDelivery  *float64 `json:"cpu_us_per_delivery,omitempty"`
	CPUPerCycle     *float64 `json:"cpu_us_per_cycle,omitempty"`
	CPUPerHandshake *float64 `json:"cpu_us_per_handshake,omitempty"`

	spent float64 // CPU seconds in the measured time
}

// per is the CPU time in microseconds for each of n, nil where there is none.
func (c *Costs) per(n int64) *float64 {
	if n == 0 {
		return nil
	}
	return new(c.spent * 1e6 / float64(n))
}

// figures are the costs for people.
func (c *Costs) figures() []string {
	figures := []string{fmt.Sprintf("%.2f cores", c.CPUCores)}
	for _, f := range []struct {
		v    *float64
		text string
	}{
		{c.CPUPerSignal, "%.1f µs CPU a signal"}, {c.CPUPerDelivery, "%.1f µs CPU a delivery"},
		{c.CPUPerCycle, "%.1f µs CPU a cycle"}, {c.CPUPerHandshake, "%.1f µs CPU a handshake"},
	} {
		if f.v != nil {
			figures = append(figures, fmt.Sprintf(f.text, *f.v))
		}
	}
	return figures
}

// costs are those that are known, for a scenario to divide.
func (r *Result) costs() []*Costs {
	var all []*Costs
	if r.Gateway != nil {
		all = append(all, &r.Gateway.Costs)
	}
	if r.Redis != nil {
		all = append(all, r.Redis)
	}
	return all
}

// costs fills in what the measured time has cost the gateways and Redis.
func (b *bench) costs(r *Result) {
	costs := func(spent float64) Costs { return Costs{CPUCores: spent / r.Seconds, spent: spent} }
	if before, after := b.before.gateways, b.after.gateways; before != nil && after != nil {
		from, to := before.sum(), after.sum()
		r.Gateway = &GatewayFigures{Costs: costs(to.cpu - from.cpu), ResidentBefore: from.resident, ResidentAfter: to.resident}
		for i := range after {
			r.Gateway.CPUCoresEach = append(r.Gateway.CPUCoresEach, (after[i].cpu-before[i].cpu)/r.Seconds)
		}
	}
	if b.before.stores && b.after.stores {
		r.Redis = new(costs(b.after.redis - b.before.redis))
	}
}
