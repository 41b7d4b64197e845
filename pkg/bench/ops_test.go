package bench

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const metricsText = `# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
process_resident_memory_bytes 2.6214400e+07
go_memstats_heap_inuse_bytes 4e+06
go_memstats_stack_inuse_bytes 1e+06 1700000000000
go_goroutines 42
aldis_closes_total{reason="bye"} 7
`

func TestSample(t *testing.T) {
	s, err := readSample(strings.NewReader(metricsText))
	if err != nil || *s != (sample{12.5, 26214400, 4e6, 1e6, 42}) {
		t.Errorf("%+v, %v", s, err)
	}
	_, err = readSample(strings.NewReader(strings.Replace(metricsText, "go_goroutines", "goroutines", 1)))
	if err == nil || !strings.Contains(err.Error(), "no go_goroutines") {
		t.Errorf("one is missing: %v", err)
	}
	if _, err = readSample(strings.NewReader("go_goroutines many\n")); err == nil {
		t.Error("many is a number")
	}
}

func TestOps(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" {
			_, _ = w.Write([]byte(metricsText))
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	for path, ok := range map[string]bool{"": true, "/": true, "/metrics": true, "/elsewhere": false} {
		o, err := newOps(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = o.sample(t.Context()); (err == nil) != ok {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, bad := range []string{"", "127.0.0.1:9090", "ws://127.0.0.1:9090", "http://"} {
		if _, err := newOps(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
