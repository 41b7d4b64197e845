package chaos

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// promptly is how soon after a cause there is full service again.
const promptly = 2 * time.Second

// row is one promise: what was counted, and whether that breaks it.
type row struct {
	promise string
	count   string
	broken  bool
}

// zero is a promise that nothing of a kind happens.
func zero(promise string, n int) row { return row{promise, fmt.Sprint(n), n != 0} }

// rows are all promises.
func (w *world) rows() []row {
	n, all := w.crowd.ledger.count, w.all
	haunted, caught, kept := 0, 0, 0
	for _, be := range w.balancer.backends {
		haunted += int(be.haunted.Load())
		caught += int(be.caught.Load())
		kept += int(be.kept.Load())
		if said := be.spoke.Load(); said != nil {
			w.crowd.ledger.complain("past its lease, to a connection left by its client: %q", said)
		}
	}
	rows := []row{
		zero("unanswered ids", n.unanswered),
		zero("duplicates", n.duplicates),
		zero("reorderings", n.reordered),
		zero("presence flaps", all.flaps),
		zero("acked but lost", n.lost),
		zero("  and came after all", n.late),
		zero("sessions lost", all.sessions),
		zero("refused but delivered", n.phantoms),
		zero("refused although all were there", n.wrongly),
		zero("rooms taken for smaller than they are", n.shortRooms),
		zero("delivered to others", n.strangers),
		{"delivered or acked past a lease", fmt.Sprintf("%d on %d connections, and %d on its way", haunted, kept, caught), haunted != 0 || caught > maxCaught},
	}
	slow, late, foul, closed := 0, 0, 0, int64(0)
	for _, o := range w.outcomes {
		switch {
		case o.failed != nil:
			slow++
		case o.recovered <= promptly && o.crowdSlow <= promptly:
		case o.foul():
			foul++
		case o.recovered > promptly:
			slow++
		default:
			late++
		}
		if o.keepSockets {
			closed += o.closed
		}
		if o.lossy {
			rows = append(rows,
				row{o.name + ": acked but lost", fmt.Sprintf("%d of %d acked and not delivered then", o.lost, o.waiting), o.lost > o.waiting},
				row{o.name + ": told gap", fmt.Sprintf("%d of %d", o.told, o.told+o.untold), o.untold > 0},
				row{o.name + ": sessions lost that were away", fmt.Sprint(o.sessions), false},
				row{o.name + ": refused meanwhile", fmt.Sprint(o.anew), false})
		}
	}
	return append(rows,
		zero("sockets that ended with the store", int(closed)),
		zero(fmt.Sprintf("causes without full service %v after", promptly), slow),
		zero(fmt.Sprintf("causes with slow answers %v after", promptly), late),
		row{"late, with the machine busy or Sentinels that began anew", fmt.Sprint(foul), false})
}

// foul reports whether others used so much of the machine while service came back, or the Sentinels began anew, that lateness is not
// judged.
func (o *outcome) foul() bool { return o.others > foul || o.unasked }

// line is an outcome in short.
func (o *outcome) line() string {
	recovered := ms(o.recovered)
	if o.failed != nil {
		recovered = "never: " + first(o.failed)
	}
	line := fmt.Sprintf("cause %v, full service after %s; crowd: slow until %s, last answer %s, last arrival %s; %d cuts, %d other ends; machine late %s, others use %.1f processors",
		o.ended.Sub(o.began).Round(10*time.Millisecond), recovered, ms(o.crowdSlow), ms(o.backlog), ms(o.lastArrival), o.cuts, o.closed, ms(o.late), o.others)
	if o.lossy {
		line += fmt.Sprintf("; last gap %s", ms(o.lastGap))
	}
	if o.hint != "" {
		line += "; " + o.hint
	}
	if s := o.slowest; s != nil && o.crowdSlow > promptly/2 {
		line += fmt.Sprintf("; slowest: %d of p%d for %v, posted %s, %v%s after %v", s.n, s.from, s.to, stamp(s.posted), s.fate, s.code,
			s.answered.Sub(s.posted).Round(time.Millisecond))
	}
	if o.until != nil && o.recovered > promptly/2 {
		line += "; until then: " + first(o.until)
	}
	return line
}

// report logs both tables and fails the test for each promise broken.
func (w *world) report() {
	w.t.Helper()
	n := w.crowd.ledger.count
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nPROMISE\tCOUNT\t")
	for _, r := range w.rows() {
		mark := ""
		if r.broken {
			mark = "BROKEN"
			w.t.Errorf("%s: %s", strings.TrimSpace(r.promise), r.count)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.promise, r.count, mark)
	}
	fmt.Fprintln(t, "\nCAUSE\tLASTED\tFULL SERVICE\tSLOW UNTIL\tLAST ANSWER\tLAST ARRIVAL\tCUTS\tOTHER ENDS\tMACHINE LATE\tOTHERS USE\t")
	for _, o := range w.outcomes {
		recovered := ms(o.recovered)
		if o.failed != nil {
			recovered = "never"
		}
		fmt.Fprintf(t, "%s\t%v\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%.1f\t%s\n", o.name, o.ended.Sub(o.began).Round(10*time.Millisecond), recovered,
			ms(o.crowdSlow), ms(o.backlog), ms(o.lastArrival), o.cuts, o.closed, ms(o.late), o.others, o.hint)
	}
	_ = t.Flush() // into memory
	w.t.Logf("%s\n%d signals posted, %d acked, %d arrivals, refused %v, %d unanswered when their session was lost, %d dropped with the session they waited for, %d not posted: the SDK was busy",
		&b, n.posted, n.acked, n.arrived, n.refused, n.orphaned, n.dropped, n.busy)
	w.t.Logf("sockets ended: %v", w.crowd.closes())
	for _, note := range w.crowd.ledger.notes {
		w.t.Error(note)
	}
}

// closes are the crowd's, by code.
func (c *crowd) closes() map[string]int {
	all := map[string]int{}
	for _, p := range c.peers {
		p.mu.Lock()
		for code, n := range p.closes {
			all[code] += n
		}
		p.mu.Unlock()
	}
	return all
}

func ms(d time.Duration) string { return d.Round(time.Millisecond).String() }

// first is the first line of an error.
func first(err error) string { line, _, _ := strings.Cut(err.Error(), "\n"); return line }
