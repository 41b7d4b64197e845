package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bounds of one look at a gateway's metrics.
const (
	scrapeTimeout = 5 * time.Second
	maxScrape     = 8 << 20 // bytes
)

// sample is a gateway's own account of itself at one moment.
type sample struct {
	cpu        float64 // seconds since its start
	resident   float64 // bytes
	heap       float64 // bytes in use, garbage included
	stack      float64 // bytes
	goroutines float64
}

// ops is a gateway's ops listener.
type ops struct {
	url    string
	client *http.Client
}

// newOps returns the ops listener at raw, http://host:port with or without /metrics.
func newOps(raw string) (*ops, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("ops: %q is no address like http://127.0.0.1:9090", raw)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/metrics"
	}
	return &ops{u.String(), &http.Client{Timeout: scrapeTimeout,
		Transport: &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}}}, nil
}

// sample reads the gateway's metrics.
func (o *ops) sample(ctx context.Context) (*sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url, nil)
	if err != nil {
		return nil, fmt.Errorf("ops: %w", err)
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ops: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ops: %s answered %s", o.url, resp.Status)
	}
	return readSample(io.LimitReader(resp.Body, maxScrape))
}

// readSample reads the text form of metrics (the Prometheus text format, version 0.0.4).
func readSample(r io.Reader) (*sample, error) {
	var s sample
	missing := map[string]*float64{
		"process_cpu_seconds_total": &s.cpu, "process_resident_memory_bytes": &s.resident,
		"go_memstats_heap_inuse_bytes": &s.heap, "go_memstats_stack_inuse_bytes": &s.stack, "go_goroutines": &s.goroutines,
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), " ")
		p := missing[name]
		if p == nil {
			continue
		}
		text, _, _ := strings.Cut(rest, " ") // a time may follow
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("ops: %s is %q", name, text)
		}
		*p = v
		delete(missing, name)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("ops: %w", err)
	}
	for name := range missing {
		return nil, fmt.Errorf("ops: no %s there: these are not a gateway's metrics, or not on Linux", name)
	}
	return &s, nil
}
