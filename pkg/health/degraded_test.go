package health

import (
	"context"
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// TestDegraded holds that an optional check is told of and counted, and fails nothing.
func TestDegraded(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	c := NewChecks(reg)
	var door, away error
	check := func(err *error) Check { return func(context.Context) error { return *err } }
	register(t, c, Ready, "door", check(&door))
	if err := c.RegisterOptional(Ready, "broker", check(&away)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		door, away     error
		ok             bool
		short, verbose string
	}{
		{nil, nil, true, "ok\n", "[+]door ok\n[+]broker ok\nok\n"},
		{nil, errors.New("dial:\n refused"), true, "ok\nbroker: degraded: ?verbose says why\n",
			"[+]door ok\n[!]broker: degraded: dial: refused\nok\n"},
		{errors.New("jammed"), errors.New("refused"), false, "not ready: door\nbroker: degraded: ?verbose says why\n",
			"[-]door failed: jammed\n[!]broker: degraded: refused\nnot ready: door\n"},
	} {
		door, away = tt.door, tt.away
		c.answers[Ready] = nil // as if it were old
		r := mustAsk(t, c, Ready)
		if r.OK() != tt.ok || r.String() != tt.short || r.Verbose() != tt.verbose {
			t.Errorf("ok %v, %q, %q", r.OK(), r.String(), r.Verbose())
		}
		gauge := testutil.ToFloat64(c.ok.WithLabelValues("broker", "ready"))
		if (gauge == 1) != (tt.away == nil) {
			t.Errorf("%v, and the gauge is %v", tt.away, gauge)
		}
	}
	if err := c.RegisterOptional(Ready, "door", well); err == nil {
		t.Error("a name that is taken is taken again")
	}
}

func TestDegradedIs200(t *testing.T) {
	checks := NewChecks(nil)
	if err := checks.RegisterOptional(Ready, "broker", func(context.Context) error { return errors.New("away") }); err != nil {
		t.Fatal(err)
	}
	s := start(t, checks)
	for path, want := range map[string]string{
		"/readyz": "ok\nbroker: degraded: ?verbose says why\n", "/readyz?verbose": "[!]broker: degraded: away\nok\n", "/livez": "ok\n",
	} {
		if status, _, body := do(t, s, "GET", path); status != 200 || body != want {
			t.Errorf("%s: %d %q, want 200 %q", path, status, body, want)
		}
	}
}
