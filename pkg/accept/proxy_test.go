package accept

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	proxyproto "github.com/pires/go-proxyproto"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

func prefixes(s ...string) (p []netip.Prefix) {
	for _, s := range s {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// proxied is a PROXY header of version 2.
func proxied(t *testing.T, h proxyproto.Header) string {
	t.Helper()
	h.Version = 2
	var b bytes.Buffer
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestProxyProtocol: who stands in a header from a trusted network is the client, and only there.
func TestProxyProtocol(t *testing.T) {
	v4, v6 := net.TCPAddrFromAddrPort(mustAddrPort("203.0.113.7:5555")), net.TCPAddrFromAddrPort(mustAddrPort("[2001:db8::7]:5555"))
	for _, tt := range []struct {
		name, from, header string
		client             string // "": the connection ends
	}{
		{"version 1", "10.0.0.1:1000", "PROXY TCP4 203.0.113.7 10.0.0.99 5555 80\r\n", "203.0.113.7"},
		{"version 1, IPv6", "10.0.0.1:1000", "PROXY TCP6 2001:db8::7 2001:db8::99 5555 80\r\n", "2001:db8::7"},
		{"version 1, unknown", "10.0.0.1:1000", "PROXY UNKNOWN\r\n", "10.0.0.1"},
		{"version 2", "10.0.0.1:1000", proxied(t, proxyproto.Header{Command: proxyproto.PROXY,
			TransportProtocol: proxyproto.TCPv4, SourceAddr: v4, DestinationAddr: memoryAddr}), "203.0.113.7"},
		{"version 2, IPv6", "[fd00::1]:1000", proxied(t, proxyproto.Header{Command: proxyproto.PROXY,
			TransportProtocol: proxyproto.TCPv6, SourceAddr: v6, DestinationAddr: v6}), "2001:db8::7"},
		{"version 2, LOCAL", "10.0.0.1:1000", proxied(t, proxyproto.Header{Command: proxyproto.LOCAL}), "10.0.0.1"},
		{"none, which is its right", "10.0.0.1:1000", "", "10.0.0.1"},
		{"version 1 from anybody", "192.0.2.1:1000", "PROXY TCP4 203.0.113.7 10.0.0.99 5555 80\r\n", ""},
		{"version 2 from anybody", "192.0.2.1:1000", proxied(t, proxyproto.Header{Command: proxyproto.PROXY,
			TransportProtocol: proxyproto.TCPv4, SourceAddr: v4, DestinationAddr: memoryAddr}), ""},
		{"none from anybody", "192.0.2.1:1000", "", "192.0.2.1"},
		{"garbage", "10.0.0.1:1000", "PROXY TCP4 nobody nowhere\r\n", ""},
		{"garbage of version 2", "10.0.0.1:1000", "\r\n\r\n\x00\r\nQUIT\n\xff\xff\xff\xff", ""},
		{"cut off", "10.0.0.1:1000", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inMemory(t, Config{ProxyFrom: prefixes("10.0.0.0/8", "fd00::/8")}, func(t *testing.T, r *rig, w *world) {
				bystander := w.session(t, "10.0.0.1:1000")
				c := w.connect(tt.from)
				_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
				go func() { _, _ = io.WriteString(c, tt.header+"GET / HTTP/1.1\r\nHost: aldis.test\r\n\r\n") }()
				a, err := readAnswer(newReader(c))
				switch {
				case tt.client == "" && err == nil && a.status != http.StatusBadRequest:
					t.Errorf("answered %+v", a)
				case tt.client != "" && (err != nil || a.body != tt.client):
					t.Errorf("answered %+v, %v", a, err)
				}
				if tt.client == "" {
					ends(c)
				}
				if err := bystander.Close(); err != nil {
					t.Error(err)
				}
				if a, err := ask(w.connect("192.0.2.9:1000"), "/"); err != nil || a.body != "192.0.2.9" {
					t.Errorf("the next connection: %+v, %v", a, err)
				}
			})
		})
	}
}

// TestProxiedAddressCounts: a proxied session counts for its client, never for the proxy.
func TestProxiedAddressCounts(t *testing.T) {
	inMemory(t, Config{ProxyFrom: prefixes("10.0.0.0/8"), AddressConnections: 2}, func(t *testing.T, r *rig, w *world) {
		join := func(client string) (answer, net.Conn) {
			t.Helper()
			c := w.connect("10.0.0.1:1000")
			if _, err := io.WriteString(c, "PROXY TCP4 "+client+" 10.0.0.99 5555 80\r\n"); err != nil {
				t.Fatal(err)
			}
			a, err := ask(c, native.Path, upgrading...)
			if err != nil {
				t.Fatal(err)
			}
			return a, c
		}
		_, first := join("203.0.113.7")
		if a, _ := join("203.0.113.7"); a.status != http.StatusSwitchingProtocols || r.counts("203.0.113.7/32") != 2 {
			t.Errorf("%+v, %s", a, r.used())
		}
		if a, _ := join("203.0.113.7"); a.status != http.StatusTooManyRequests || a.code != "rate_limited" || a.head.Get("Retry-After") == "" {
			t.Errorf("one too many: %+v", a)
		}
		if a, _ := join("203.0.113.8"); a.status != http.StatusSwitchingProtocols {
			t.Errorf("somebody else: %+v", a)
		}
		_ = first.Close()
		synctest.Wait()
		if a, _ := join("203.0.113.7"); a.status != http.StatusSwitchingProtocols {
			t.Errorf("in the place of who left: %+v", a)
		}
		if n := r.counts("10.0.0.1/32"); n != 0 {
			t.Errorf("%d count for the proxy", n)
		}
	})
}

// counts returns how many connections count for a network.
func (r *rig) counts(network string) int {
	r.addresses.mu.Lock()
	defer r.addresses.mu.Unlock()
	return r.addresses.open[netip.MustParsePrefix(network)]
}
