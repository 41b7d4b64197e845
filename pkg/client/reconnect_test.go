package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		err   error
		want  todo
		least time.Duration
	}{
		{&CloseError{Code: 1000}, giveUp, 0},
		{&CloseError{Code: 1001}, backOff, 0},
		{&CloseError{Code: 1009}, backOff, 0},
		{&CloseError{Code: 1011, RetryAfter: time.Second}, backOff, time.Second},
		{&CloseError{Code: 3000}, backOff, 0},
		{&CloseError{Code: 4000}, giveUp, 0},
		{&CloseError{Code: 4008}, giveUp, 0},
		{&CloseError{Code: 4099}, giveUp, 0},
		{&CloseError{Code: 4100, RetryAfter: 2 * time.Second}, backOff, 2 * time.Second},
		{&CloseError{Code: 4199}, backOff, 0},
		{&CloseError{Code: 4200, RetryAfter: time.Second}, atOnce, 0},
		{fmt.Errorf("wrapped: %w", &CloseError{Code: 4299}), atOnce, 0},
		{&CloseError{Code: 4300}, backOff, 0},
		{&RefusedError{Status: 101}, giveUp, 0},
		{&RefusedError{Status: 200}, giveUp, 0},
		{&RefusedError{Status: 302}, giveUp, 0},
		{&RefusedError{Status: 400}, giveUp, 0},
		{&RefusedError{Status: 401}, giveUp, 0},
		{&RefusedError{Status: 403}, giveUp, 0},
		{&RefusedError{Status: 404}, giveUp, 0},
		{&RefusedError{Status: 426}, giveUp, 0},
		{&RefusedError{Status: 429, RetryAfter: time.Minute}, backOff, time.Minute},
		{&RefusedError{Status: 500}, backOff, 0},
		{&RefusedError{Status: 503, RetryAfter: time.Minute}, backOff, time.Minute},
		{errDead, backOff, 0},
		{errors.New("connection refused"), backOff, 0},
	} {
		if got, least := verdict(tt.err); got != tt.want || least != tt.least {
			t.Errorf("%v: %v %v, want %v %v", tt.err, got, least, tt.want, tt.least)
		}
	}
}

// TestPaceIsFullJitter holds the waits to [least, least + min(Cap, Base * 2^i)), spread over all of it.
func TestPaceIsFullJitter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := Backoff{Base: 500 * time.Millisecond, Cap: 30 * time.Second}
	const runs = 2000
	for i := range 40 {
		ceil := b.Cap
		if i < 6 {
			ceil = b.Base << i
		}
		var sum, low, high time.Duration
		low = time.Hour
		for range runs {
			p := pace{Backoff: b, rand: r.Float64, exp: i}
			w := p.wait(backOff, time.Second) - time.Second
			sum, low, high = sum+w, min(low, w), max(high, w)
		}
		if low < 0 || high >= ceil {
			t.Fatalf("attempt %d: %v to %v, ceiling %v", i, low, high, ceil)
		}
		if mean := sum / runs; mean < ceil*45/100 || mean > ceil*55/100 || low > ceil/20 || high < ceil*19/20 {
			t.Fatalf("attempt %d: mean %v, %v to %v: not spread over %v", i, mean, low, high, ceil)
		}
	}
}

func TestPaceOfSocketsThatDoNotLast(t *testing.T) {
	p := pace{Backoff: Backoff{time.Second, time.Minute}, rand: func() float64 { return 0.5 }}
	for i := range 6 {
		w := p.wait(atOnce, 0)
		if hasty := i < maxHasty; (w == 0) != hasty {
			t.Fatalf("replacement %d waits %v", i, w)
		}
		p.lived(time.Second)
	}
	if p.lived(lasted); p.wait(atOnce, 0) != 0 || p.wait(backOff, 0) != time.Second/2 {
		t.Fatal("a socket that lasted starts over")
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "NaN": 0, "1e300": maxWait, "soon": 0,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, tt := range []struct {
		in   string
		app  wire.AppID
		want string
	}{
		{"ws://h:1", "", "ws://h:1/v1/connect"},
		{"https://h/", "demo", "wss://h/v1/connect?app=demo"},
		{"http://h/sub/v1/connect?app=x&y=1#f", "demo", "ws://h/sub/v1/connect?app=demo&y=1"},
		{"wss://h/v1/connect?app=x", "", "wss://h/v1/connect?app=x"},
		{"ftp://h", "", ""}, {"ws://", "", ""}, {"ws://user:secret@h", "", ""}, {"ws://h:secret\x7f", "", ""}, {"h:1/x", "", ""},
	} {
		got, err := endpoint(tt.in, tt.app)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: %q, %v", tt.in, got, err)
		}
		if err != nil && containsSecret(err.Error()) {
			t.Errorf("%q: the error tells the password: %v", tt.in, err)
		}
	}
}
