package doortest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxComplaints bounds what is kept of things that went wrong; the rest is counted.
const maxComplaints = 20

// Probed is how one probe was answered.
type Probed struct {
	OK      int           // 200
	No      int           // another status
	None    int           // no answer within 3 s
	Excused int           // while it could not, such as frozen; not among the others
	Slowest time.Duration // of those answered
	Wrong   []string      // the first of those that were not 200
}

// Probes asks /livez and /readyz again and again, each time on a new connection.
type Probes struct {
	gateway *Gateway
	stop    context.CancelFunc
	running sync.WaitGroup

	mu          sync.Mutex
	excused     bool
	live, ready Probed
}

// Watch begins to ask, every so often, until Stop.
func (g *Gateway) Watch(every time.Duration) *Probes {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Probes{gateway: g, stop: cancel}
	p.running.Go(func() { p.run(ctx, "/livez", every, &p.live) })
	p.running.Go(func() { p.run(ctx, "/readyz", every, &p.ready) })
	return p
}

// Excuse says whether answers count from now on.
func (p *Probes) Excuse(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excused = yes
}

// Stop ends the asking and returns what /livez and /readyz said.
func (p *Probes) Stop() (live, ready Probed) {
	p.stop()
	p.running.Wait()
	return p.live, p.ready
}

// Tally is what they said so far.
func (p *Probes) Tally() (live, ready Probed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live, p.ready
}

func (p *Probes) run(ctx context.Context, path string, every time.Duration, into *Probed) {
	for ctx.Err() == nil {
		p.mu.Lock()
		excused := p.excused
		p.mu.Unlock()
		began := time.Now()
		status, body, err := p.gateway.Probe(ctx, path)
		if ctx.Err() != nil {
			return
		}
		p.note(into, excused, path, began, status, body, err)
		_ = Wait(ctx, every-time.Since(began)) // then the loop ends
	}
}

func (p *Probes) note(into *Probed, excused bool, path string, began time.Time, status int, body string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := time.Since(began)
	switch {
	case status == http.StatusOK:
		into.OK++
		into.Slowest = max(into.Slowest, took)
		return
	case excused || p.excused:
		into.Excused++
		return
	case err != nil:
		into.None++
	default:
		into.No++
	}
	if len(into.Wrong) < maxComplaints {
		into.Wrong = append(into.Wrong, fmt.Sprintf("%s %s after %v: %d %s %v", time.Now().Format(time.TimeOnly), path, took.Round(time.Millisecond), status, body, err))
	}
}

// Probe asks once, with reasons.
func (g *Gateway) Probe(ctx context.Context, path string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Ops+path+"?verbose", nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := fresh.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	return resp.StatusCode, string(b), err
}

// Broken lists what was not as it should be.
func (p Probed) Broken(path string) []string {
	if p.No+p.None == 0 && p.OK > 0 {
		return nil
	}
	return append([]string{fmt.Sprintf("%s: %v", path, p)}, p.Wrong...)
}

// String implements fmt.Stringer.
func (p Probed) String() string {
	return fmt.Sprintf("%d × 200, %d × other, %d without an answer, %d while frozen; slowest %v", p.OK, p.No, p.None, p.Excused,
		p.Slowest.Round(time.Millisecond))
}
