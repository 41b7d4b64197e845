package doortest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// opsTimeout is what an answer of the ops listener may take. The kubelet's default is 1 s; here all that is done to the gateway
// is done by the same machine.
const opsTimeout = 3 * time.Second

// fresh opens a connection for each request, as the kubelet does.
var fresh = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: opsTimeout}

// Metrics scrapes the gateway: values by name, with labels as they are written.
func (g *Gateway) Metrics(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Ops+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := fresh.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	values := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		i := strings.LastIndexByte(lines.Text(), ' ')
		if i < 0 || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		if v, err := strconv.ParseFloat(lines.Text()[i+1:], 64); err == nil {
			values[lines.Text()[:i]] = v
		}
	}
	return values, lines.Err()
}

// Level is what a gateway uses.
type Level struct{ Descriptors, Goroutines, Places, Handshakes int }

// String implements fmt.Stringer.
func (l Level) String() string {
	return fmt.Sprintf("%d descriptors, %d goroutines, %d places, %d handshakes", l.Descriptors, l.Goroutines, l.Places, l.Handshakes)
}

// looseGoroutines is how many goroutines more are none: the runtime has some of its own, and those of a self-dial last for a
// moment. What leaks does so for each of hundreds of clients.
const looseGoroutines = 3

func (l Level) within(most Level) bool {
	return l.Descriptors <= most.Descriptors && l.Goroutines <= most.Goroutines+looseGoroutines && l.Places <= most.Places && l.Handshakes <= most.Handshakes
}

// look takes the level of one moment.
func (g *Gateway) look(ctx context.Context) (Level, error) {
	m, err := g.Metrics(ctx)
	if err != nil {
		return Level{}, err
	}
	if m["aldis_accept_descriptors"] == 0 || m["go_goroutines"] == 0 {
		return Level{}, errors.New("no level in the metrics")
	}
	return Level{int(m["aldis_accept_descriptors"]), int(m["go_goroutines"]), int(m["aldis_accept_places"]), int(m["aldis_accept_handshakes"])}, nil
}

// Quiet is the lowest level over a second: without a self-dial that is in progress now and then.
func (g *Gateway) Quiet(ctx context.Context) (Level, error) {
	low := Level{1 << 30, 1 << 30, 1 << 30, 1 << 30}
	for range 10 {
		l, err := g.look(ctx)
		if err != nil {
			return l, err
		}
		low = Level{min(low.Descriptors, l.Descriptors), min(low.Goroutines, l.Goroutines), min(low.Places, l.Places), min(low.Handshakes, l.Handshakes)}
		if err := Wait(ctx, 100*time.Millisecond); err != nil {
			return low, err
		}
	}
	return low, nil
}

// Settle waits until the gateway uses no more than it did; the error says what it still uses when ctx ends.
func (g *Gateway) Settle(ctx context.Context, before Level) (Level, error) {
	last := Level{}
	for {
		l, err := g.look(ctx)
		if err == nil {
			if last = l; l.within(before) {
				return l, nil
			}
		}
		if Wait(ctx, 50*time.Millisecond) != nil {
			return last, fmt.Errorf("it does not come back to %v: %v, %w", before, last, err)
		}
	}
}
