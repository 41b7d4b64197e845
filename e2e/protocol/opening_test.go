package protocol

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Section 2: what is selected and admitted.
func TestOpeningSelects(t *testing.T) {
	t.Parallel()
	g := start(t)
	const none = "-"
	for _, c := range []struct {
		name, query string
		lines       []string
		status      int
		selected    string
	}{
		{"v1", "", []string{"Sec-WebSocket-Protocol: aldis.v1"}, 101, "aldis.v1"},
		{"none offered", "", nil, 101, none},
		{"among others", "", []string{"Sec-WebSocket-Protocol: chat, aldis.v1, aldis.v2"}, 101, "aldis.v1"},
		{"on two lines", "", []string{"Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: aldis.v1"}, 101, "aldis.v1"},
		{"only others", "", []string{"Sec-WebSocket-Protocol: chat, superchat"}, 400, none},
		{"a later version alone", "", []string{"Sec-WebSocket-Protocol: aldis.v2"}, 400, none},
		{"other case", "", []string{"Sec-WebSocket-Protocol: ALDIS.V1"}, 400, none},
		{"a bearer alone", "", []string{"Sec-WebSocket-Protocol: aldis.bearer.a.b.c"}, 400, none},
		{"two bearers", "", []string{"Sec-WebSocket-Protocol: aldis.v1, aldis.bearer.a.b.c, aldis.bearer.d.e.f"}, 400, none},
		{"the app by name", "?app=default", nil, 101, none},
		{"other parameters", "?x=1&app=default&y=2", nil, 101, none},
		{"a token in the URL is not read", "?token=x.y.z&access_token=x&jwt=x", nil, 101, none},
		{"unknown app", "?app=no-such-app", nil, 404, none},
		{"its own origin", "", []string{"Origin: http://aldis.test"}, 101, none},
		{"two origins", "", []string{"Origin: http://aldis.test", "Origin: http://aldis.test"}, 400, none},
		{"two origins before unknown app", "?app=no-such-app", []string{"Origin: http://a.test", "Origin: http://b.test"}, 400, none},
		{"protocol before unknown app", "?app=no-such-app", []string{"Sec-WebSocket-Protocol: chat"}, 400, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := g.world(t)
			r := w.knock(strings.Replace(handshake(c.lines...), "/v1/connect", "/v1/connect"+c.query, 1))
			res := r.response()
			if res.StatusCode != c.status {
				t.Fatalf("status %d, want %d", res.StatusCode, c.status)
			}
			if got := res.Header.Values("Sec-WebSocket-Protocol"); c.selected == none && len(got) > 0 ||
				c.selected != none && (len(got) != 1 || got[0] != c.selected) {
				t.Errorf("selected %q, want %s", got, c.selected)
			}
			if res.Header.Get("Sec-WebSocket-Extensions") != "" {
				t.Error("an extension is selected that nobody offered")
			}
			shared(t, res)
			if c.status == 101 {
				r.text(`{"type":"hello","peer":%q}`, w.id("a"))
				if _, b := r.read(); !strings.Contains(string(b), `"welcome"`) {
					t.Errorf("%s instead of welcome", b)
				}
				return
			}
			problem(t, res, c.status)
		})
	}
}

// A bearer item is read, and never echoed.
func TestOpeningBearerIsNotEchoed(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	res := w.knock(handshake("Sec-WebSocket-Protocol: aldis.bearer.a.b.c, aldis.v1")).response()
	for name, values := range res.Header {
		if strings.Contains(strings.Join(values, " "), "bearer.") {
			t.Errorf("%s: %v", name, values)
		}
	}
	if res.StatusCode != 101 && res.StatusCode != 401 {
		t.Errorf("status %d", res.StatusCode)
	}
}

// shared wants what all answers to GET and OPTIONS carry.
func shared(t *testing.T, res *http.Response) {
	t.Helper()
	h := res.Header
	if h.Get("Access-Control-Allow-Origin") != "*" || !lists(h, "Access-Control-Allow-Headers", "Authorization") ||
		!lists(h, "Access-Control-Expose-Headers", "Retry-After") || !lists(h, "Access-Control-Expose-Headers", "WWW-Authenticate") {
		t.Errorf("status %d: the headers of CORS are missing: %v", res.StatusCode, h)
	}
	if h.Get("Set-Cookie") != "" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("cookies: %v", h)
	}
}

func lists(h http.Header, name, item string) bool {
	for _, v := range strings.Split(strings.Join(h.Values(name), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(v), item) {
			return true
		}
	}
	return false
}

// problem wants a document as RFC 9457 and section 2 have it, and returns its code.
func problem(t *testing.T, res *http.Response, status int) string {
	t.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	if ct := res.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
		t.Errorf("status %d: Content-Type %q", res.StatusCode, ct)
	}
	var all map[string]json.RawMessage
	dec := json.NewDecoder(res.Body)
	if err := dec.Decode(&all); err != nil {
		t.Fatalf("status %d: %v", res.StatusCode, err)
	}
	b, _ := json.Marshal(all)
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"type", "title", "status", "detail", "code"} {
		if all[name] == nil {
			t.Errorf("%s is missing in %s", name, b)
		}
	}
	if p.Status != status || res.StatusCode != status || p.Title == "" || p.Code == "" {
		t.Errorf("status %d, want %d: %s", res.StatusCode, status, b)
	}
	if _, err := url.Parse(p.Type); err != nil || p.Type == "" {
		t.Errorf("type %q is no URI", p.Type)
	}
	if want := codes[status]; want != "" && p.Code != want {
		t.Errorf("code %q, want %q", p.Code, want)
	}
	return p.Code
}

// codes are those that a status has alone.
var codes = map[int]string{401: "unauthorized", 403: "forbidden", 404: "unknown_app", 426: "upgrade_required", 429: "rate_limited"}
