package protocol

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// A gateway that stops tells each session when to be gone by, each another time, and closes what stays; it admits nobody.
func TestGoaway(t *testing.T) {
	t.Parallel()
	const window = 2 * time.Second
	g := own(t, func(o *app.Options) { o.DrainWindow, o.StopTimeout = window, patience })
	w := g.world(t)
	var all []*client
	for i := range 6 {
		all = append(all, w.enter(fmt.Sprint("p", i)))
	}
	stopped := make(chan error, 1)
	began := time.Now()
	go func() { stopped <- g.app.Stop(context.Background()) }()

	var within []time.Duration
	told := map[*client]time.Duration{}
	for _, c := range all {
		f := c.of("goaway")
		d := time.Duration(f.float("within") * float64(time.Second))
		if f.str("reason") != "drain" || d < 0 || d > window {
			t.Errorf("%s in a window of %v", f.raw, window)
		}
		within, told[c] = append(within, d), d
	}
	slices.Sort(within)
	if within[5]-within[0] < window/4 || len(slices.Compact(slices.Clone(within))) < 4 {
		t.Errorf("not spread over %v: %v", window, within)
	}
	refusedWhileDraining(t, w, began.Add(window*9/10))
	slices.SortFunc(all, func(a, b *client) int { return int(told[a] - told[b]) })
	for _, c := range all {
		code, reason := c.ended()
		if took := time.Since(began); code != 4200 || reason != "draining" || took < told[c]-50*time.Millisecond {
			t.Errorf("closed %d %q after %v; told %v\n%s", code, reason, took, told[c], c.history())
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", g.app.Addr().String()); err == nil {
		conn.Close()
		t.Error("the door is open after the stop")
	}
}

// refusedWhileDraining wants 503 with Retry-After for upgrades and for plain requests, before the app and after the form is
// looked at.
func refusedWhileDraining(t *testing.T, w *world, until time.Time) {
	t.Helper()
	for _, c := range []struct {
		request string
		status  int
		code    string
	}{
		{handshake(), 503, "draining"},
		{"GET /v1/connect HTTP/1.1\r\nHost: x\r\n\r\n", 503, "draining"},
		{"GET /v1/connect?app=nope HTTP/1.1\r\nHost: x\r\n\r\n", 503, "draining"},
		{handshake("Sec-WebSocket-Protocol: chat"), 400, "unsupported_protocol"},
		{handshake("Origin: http://a.test", "Origin: http://b.test"), 400, ""},
	} {
		var res *http.Response
		for res == nil || res.StatusCode == 101 { // goaway may come before the door knows
			res = w.knock(c.request).response()
			if time.Now().After(until) {
				t.Fatalf("status %d: no refusal within the window", res.StatusCode)
			}
		}
		if code := problem(t, res, c.status); c.code != "" && code != c.code {
			t.Errorf("code %q, want %q", code, c.code)
		}
		shared(t, res)
		if after, err := strconv.Atoi(res.Header.Get("Retry-After")); c.status == 503 && (err != nil || after < 0) {
			t.Errorf("Retry-After: %q", res.Header.Get("Retry-After"))
		}
	}
}
