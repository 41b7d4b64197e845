package protocol

import (
	"strings"
	"testing"
)

// Section 2: what is not admitted, and what a browser learns by fetching the same URL.
func TestOpeningRefuses(t *testing.T) {
	t.Parallel()
	g := start(t)
	plain := func(line string, more ...string) string {
		return strings.Join(append([]string{line + " HTTP/1.1", "Host: aldis.test"}, more...), "\r\n") + "\r\n\r\n"
	}
	without := func(line string) string { return strings.Replace(handshake(), line+"\r\n", "", 1) }
	for _, c := range []struct {
		name, request, code string
		status              []int
	}{
		{"plain GET", plain("GET /v1/connect"), "upgrade_required", []int{426}},
		{"plain GET of a named app", plain("GET /v1/connect?app=default"), "upgrade_required", []int{426}},
		{"plain GET from a page elsewhere", plain("GET /v1/connect", "Origin: http://aldis.test"), "upgrade_required", []int{426}},
		{"plain GET, unknown app", plain("GET /v1/connect?app=nope"), "unknown_app", []int{404}},
		{"plain GET, two origins", plain("GET /v1/connect", "Origin: http://a.test", "Origin: http://b.test"), "", []int{400}},
		{"plain GET, two origins, unknown app", plain("GET /v1/connect?app=nope", "Origin: http://a.test", "Origin: http://b.test"), "", []int{400}},
		{"other subprotocols", handshake("Sec-WebSocket-Protocol: chat"), "unsupported_protocol", []int{400}},
		{"a name that no app has", plain("GET /v1/connect?app=Not_An_App!"), "", []int{400, 404}},
		{"no key", without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), "", []int{400}},
		{"a short key", strings.Replace(handshake(), "dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", 1), "", []int{400}},
		{"version 12", strings.Replace(handshake(), "Version: 13", "Version: 12", 1), "", []int{400, 426}},
		{"no Connection: upgrade", without("Connection: Upgrade"), "", []int{400, 426}},
		{"no Upgrade", without("Upgrade: websocket"), "", []int{400, 426}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := g.world(t).knock(c.request).response()
			status := 0
			for _, s := range c.status {
				if s == res.StatusCode {
					status = s
				}
			}
			if status == 0 {
				t.Fatalf("status %d, want %v", res.StatusCode, c.status)
			}
			shared(t, res)
			if code := problem(t, res, status); c.code != "" && code != c.code {
				t.Errorf("code %q, want %q", code, c.code)
			}
			if status == 426 && !lists(res.Header, "Upgrade", "websocket") {
				t.Error("426 without Upgrade: websocket (RFC 9110 section 15.5.22)")
			}
			if c.name == "version 12" && res.Header.Get("Sec-WebSocket-Version") != "13" {
				t.Error("no Sec-WebSocket-Version: 13 (RFC 6455 section 4.2.2)")
			}
		})
	}
}

// A preflight is answered by success and the same headers.
func TestOpeningOptions(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	res := w.knock("OPTIONS /v1/connect HTTP/1.1\r\nHost: aldis.test\r\nOrigin: http://a.test\r\n" +
		"Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization\r\n\r\n").response()
	if res.StatusCode != 200 && res.StatusCode != 204 {
		t.Errorf("status %d", res.StatusCode)
	}
	shared(t, res)
}

// Other methods are not allowed here, and Allow says which are (RFC 9110 section 15.5.6).
func TestOpeningOtherMethods(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		w := g.world(t)
		res := w.knock(method + " /v1/connect HTTP/1.1\r\nHost: aldis.test\r\nContent-Length: 0\r\n\r\n").response()
		if res.StatusCode != 405 || !lists(res.Header, "Allow", "GET") {
			t.Errorf("%s: status %d, Allow %q", method, res.StatusCode, res.Header.Get("Allow"))
			continue
		}
		problem(t, res, 405)
	}
}

// What is no HTTP at all harms nobody.
func TestOpeningGarbage(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, text := range []string{"\x16\x03\x01\x02\x00\x01\x00", "\x00\x00\x00\x00\r\n\r\n", "GET\r\n\r\n", strings.Repeat("A", 1<<16)} {
		w := g.world(t)
		w.knock(text).conn.Close()
		w.enter("a")
	}
}
