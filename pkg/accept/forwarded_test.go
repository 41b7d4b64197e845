package accept

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

// TestForwarded: who may say for whom he comes is who is trusted, and nobody can claim to be somebody else. The proxies
// are in 10.0.0.0/8 and fd00::/8.
func TestForwarded(t *testing.T) {
	d := &Door{cfg: Config{ForwardedFrom: prefixes("10.0.0.0/8", "fd00::/8")}}
	const proxy, anybody = "10.0.0.1:1000", "192.0.2.1:1000"
	std := func(lines ...string) http.Header { return http.Header{"Forwarded": lines} }
	xff := func(lines ...string) http.Header { return http.Header{"X-Forwarded-For": lines} }
	both := func(standard, usual string) http.Header {
		return http.Header{"Forwarded": {standard}, "X-Forwarded-For": {usual}}
	}
	hops := func(n int, hop string) string { return strings.TrimSuffix(strings.Repeat(hop+", ", n), ", ") }
	for _, tt := range []struct {
		name, from string
		head       http.Header
		want       string
	}{
		{"no header", proxy, nil, "10.0.0.1"},
		{"usual", proxy, xff("203.0.113.7"), "203.0.113.7"},
		{"standard", proxy, std("for=203.0.113.7"), "203.0.113.7"},
		{"standard, all of it", proxy, std(`for=203.0.113.7;proto=https;by=10.0.0.1;host=aldis.test`), "203.0.113.7"},
		{"standard, other order and case", proxy, std(`proto=https;FOR="203.0.113.7:4711"`), "203.0.113.7"},
		{"port", proxy, xff("203.0.113.7:4711"), "203.0.113.7"},
		{"IPv6 with brackets and port", proxy, std(`for="[2001:db8::7]:4711"`), "2001:db8::7"},
		{"IPv6 with brackets", proxy, std(`for="[2001:db8::7]"`), "2001:db8::7"},
		{"IPv6 bare", proxy, xff("2001:db8::7"), "2001:db8::7"},
		{"IPv6 with a zone", proxy, xff("[fe80::7%eth0]:4711"), "fe80::7"},
		{"IPv4 in IPv6", proxy, xff("::ffff:203.0.113.7"), "203.0.113.7"},
		{"from an IPv6 proxy", "[fd00::1]:1000", xff("203.0.113.7"), "203.0.113.7"},
		{"from an IPv4 proxy on an IPv6 socket", "[::ffff:10.0.0.1]:1000", xff("203.0.113.7"), "203.0.113.7"},

		{"chain of proxies", proxy, xff("203.0.113.7, 10.0.0.3, 10.0.0.2"), "203.0.113.7"},
		{"several lines", proxy, xff("203.0.113.7", "10.0.0.3, 10.0.0.2"), "203.0.113.7"},
		{"several lines, standard", proxy, std("for=203.0.113.7", "for=10.0.0.3,for=10.0.0.2"), "203.0.113.7"},
		{"nothing but proxies", proxy, xff("10.0.0.3, 10.0.0.2"), "10.0.0.3"},

		{"peer not trusted", anybody, xff("203.0.113.7"), "192.0.2.1"},
		{"peer not trusted, standard", anybody, std("for=203.0.113.7"), "192.0.2.1"},
		{"client writes a hop before", proxy, xff("198.51.100.1, 203.0.113.7"), "203.0.113.7"},
		{"client writes a line before", proxy, xff("198.51.100.1", "203.0.113.7"), "203.0.113.7"},
		{"hop in the middle not trusted", proxy, xff("198.51.100.1, 203.0.113.7, 10.0.0.2"), "203.0.113.7"},
		{"client says it is a proxy", proxy, xff("198.51.100.1, 10.0.0.5, 203.0.113.7"), "203.0.113.7"},
		{"unknown", proxy, std("for=unknown"), "10.0.0.1"},
		{"unknown behind a proxy", proxy, std("for=198.51.100.1, for=unknown, for=10.0.0.2"), "10.0.0.2"},
		{"hidden", proxy, std("for=198.51.100.1, for=_hidden"), "10.0.0.1"},
		{"hidden with port", proxy, std(`for="_gazonk:_p"`), "10.0.0.1"},
		{"empty", proxy, xff(""), "10.0.0.1"},
		{"empty hop", proxy, xff("198.51.100.1, , 10.0.0.2"), "10.0.0.2"},
		{"no for", proxy, std("by=203.0.113.7;proto=https"), "10.0.0.1"},
		{"garbage", proxy, xff("localhost, 999.1.1.1"), "10.0.0.1"},

		{"host says for", proxy, std(`for=203.0.113.7;host="a,for=198.51.100.1"`), "203.0.113.7"},
		{"host says for, with a semicolon", proxy, std(`for=203.0.113.7;host="a;for=198.51.100.1"`), "203.0.113.7"},
		{"host says for, with a quote", proxy, std(`for=203.0.113.7;host="a\",for=198.51.100.1"`), "203.0.113.7"},
		{"client leaves a quote open", proxy, std(`for="198.51.100.1, for=203.0.113.7`), "10.0.0.1"},
		{"and the proxy writes quotes", proxy, std(`x="198.51.100.1, for="[2001:db8::7]:1";host="a,for=198.51.100.1"`), "10.0.0.1"},
		{"both, the same", proxy, both("for=203.0.113.7", "203.0.113.7"), "203.0.113.7"},
		{"the standard one is the client's", proxy, both("for=198.51.100.1", "203.0.113.7"), "10.0.0.1"},
		{"the usual one is the client's", proxy, both("for=203.0.113.7", "198.51.100.1"), "10.0.0.1"},

		{"1000 hops of proxies", proxy, xff("198.51.100.1, " + hops(1000, "10.0.0.2")), "10.0.0.2"},
		{"1000 hops of clients", proxy, xff(hops(1000, "198.51.100.1") + ", 203.0.113.7"), "203.0.113.7"},
		{"as many as are looked at", proxy, xff("203.0.113.7, " + hops(maxHops-1, "10.0.0.2")), "203.0.113.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header = tt.from, tt.head
			if got := d.client(r); got.String() != tt.want {
				t.Errorf("%s, not %s", got, tt.want)
			}
		})
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "@"
	if got := d.client(r); got.IsValid() {
		t.Errorf("a peer without an IP is %s", got)
	}
}

// TestForwardedCounts: a proxy brings requests of many clients over one connection. It counts for whose request came
// last, who is the one that can open a session on it.
func TestForwardedCounts(t *testing.T) {
	cfg := Config{ForwardedFrom: prefixes("10.0.0.0/8"), AddressConnections: 1}
	inMemory(t, cfg, func(t *testing.T, r *rig, w *world) {
		c := w.connect("10.0.0.1:1000")
		status := func(want int, client string, head ...string) {
			t.Helper()
			a, err := ask(c, native.Path, append(head, "X-Forwarded-For: "+client)...)
			if err != nil || a.status != want {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		status(http.StatusUpgradeRequired, "203.0.113.7")
		status(http.StatusUpgradeRequired, "203.0.113.8")
		if r.counts("203.0.113.7/32") != 0 || r.counts("203.0.113.8/32") != 1 || r.counts("10.0.0.1/32") != 0 {
			t.Error("it counts for who came before")
		}
		w.connect("203.0.113.9:1000")
		synctest.Wait() // it is counted
		status(http.StatusTooManyRequests, "203.0.113.9")
		status(http.StatusSwitchingProtocols, "203.0.113.7", upgrading...)
		if r.counts("203.0.113.7/32") != 1 || r.counts("203.0.113.8/32") != 0 {
			t.Error("it does not count for whose session it is")
		}
		_ = c.Close()
		synctest.Wait()
	})
}
