package doortest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Report is what a soak gave and what came of it.
type Report struct {
	mu    sync.Mutex
	given map[string]int
	wrong []string

	took          time.Duration
	outcomes      Outcomes
	lives         Lives
	account       Account
	live, ready   Probed
	before, after Level
}

func (r *Report) gave(name string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given[name] += n
}

func (r *Report) sum() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range r.given {
		n += v
	}
	return n
}

func (r *Report) complain(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.wrong) < maxComplaints {
		r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
	}
}

// Broken lists the promises that were broken; none is what a soak is for.
func (r *Report) Broken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.wrong, r.account.Broken(), r.live.Broken("livez"), r.ready.Broken("readyz"), r.outcomes.Broken(), r.lives.Broken())
}

// String is the table at the end.
func (r *Report) String() string {
	var b strings.Builder
	row := func(name string, value any) { fmt.Fprintf(&b, "%-26s %v\n", name, value) }
	r.mu.Lock()
	row("lasted", r.took.Round(time.Second))
	b.WriteString("\nfaults given\n")
	for _, name := range slices.Sorted(maps.Keys(r.given)) {
		fmt.Fprintf(&b, "  %-26s %6d\n", name, r.given[name])
	}
	r.mu.Unlock()
	b.WriteString("\nhow long bad clients lived\n" + r.lives.String() + "\n")
	row("clients", &r.outcomes)
	row("sessions lost", fmt.Sprintf("%d of %d, over %d sockets", r.account.SessionsLost, r.account.Sessions, r.account.Sockets))
	row("signals acked", fmt.Sprintf("%d of %d, %d refused %v", r.account.Acked, r.account.Sent, r.account.Refused, r.account.Codes))
	row("signals lost", r.account.Lost)
	row("signals doubled", r.account.Doubled)
	row("signals reordered", r.account.Reordered)
	row("refused but delivered", r.account.Contradicted)
	row("before", r.before)
	row("after", r.after)
	row("livez", r.live)
	row("readyz", r.ready)
	return b.String()
}
