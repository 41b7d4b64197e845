package bench

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPairsAreApart(t *testing.T) {
	for n := 1; n <= 7; n++ {
		var b bench
		var err error
		if b.pods, err = podsAt(strings.Split("abcdefg"[:n], ""), 100); err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for i := range 2 * n * 10 {
			seen[b.pod(i).url]++
			if b.apart(i, i^1) != (n > 1) || b.apart(i, i) {
				t.Errorf("%d gateways: %d and %d are apart: %v", n, i, i^1, b.apart(i, i^1))
			}
		}
		for url, sessions := range seen {
			if sessions != 20 || len(seen) != n {
				t.Errorf("%d gateways: %d sessions at %s", n, sessions, url)
			}
		}
	}
}

// TestPortsAreOfEach holds that two gateways take twice as many sockets from one address.
func TestPortsAreOfEach(t *testing.T) {
	pods, err := podsAt([]string{"wss://a.example.org", "wss://b.example.org"}, 2*portsPerAddress)
	if err != nil || len(pods) != 2 || pods[0].dial != nil {
		t.Errorf("%v, %v", pods, err)
	}
	if _, err = podsAt([]string{"wss://a.example.org", "wss://b.example.org"}, 2*portsPerAddress+1); err == nil {
		t.Error("there are no such ports")
	}
}

func TestFleet(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(metricsText)) }))
	defer server.Close()
	one, err := newOps(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, err := fleet{one, one, one}.sample(t.Context())
	if err != nil || len(s) != 3 || s.sum() != (sample{37.5, 3 * 26214400, 12e6, 3e6, 126}) {
		t.Errorf("%+v, %v", s, err)
	}
	gone, err := newOps("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if s, err = (fleet{one, gone}).sample(t.Context()); err == nil || s != nil {
		t.Errorf("%+v, %v", s, err)
	}
}
