package health

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// well is a check that succeeds.
func well(context.Context) error { return nil }

// register fails the test where Register fails.
func register(t *testing.T, c *Checks, probe Probe, name string, run Check) {
	t.Helper()
	if err := c.Register(probe, name, run); err != nil {
		t.Fatal(err)
	}
}

// mustAsk fails the test where Ask fails.
func mustAsk(t *testing.T, c *Checks, probe Probe) Report {
	t.Helper()
	report, err := c.Ask(t.Context(), probe)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestProbesAreApart(t *testing.T) {
	c := NewChecks(nil)
	register(t, c, Live, "door", well)
	register(t, c, Ready, "door", well)
	register(t, c, Ready, "broker", func(context.Context) error { return errors.New("dial tcp 10.0.0.7:6379:\n refused") })
	if live := mustAsk(t, c, Live); !live.OK() || live.String() != "ok\n" {
		t.Errorf("live: %q", live.String())
	}
	ready := mustAsk(t, c, Ready)
	if got, want := ready.String(), "not ready: broker\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := "[+]door ok\n[-]broker failed: dial tcp 10.0.0.7:6379: refused\nnot ready: broker\n"
	if got := ready.Verbose(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRegisterRefuses(t *testing.T) {
	c := NewChecks(nil)
	register(t, c, Live, "door", well)
	for name, err := range map[string]error{
		"taken name":    c.Register(Live, "door", well),
		"no name":       c.Register(Live, "", well),
		"no function":   c.Register(Live, "broker", nil),
		"unknown probe": c.Register("startup", "door", well),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAnswersAreSharedAndCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewChecks(nil)
		var runs atomic.Int32
		register(t, c, Ready, "broker", func(context.Context) error {
			runs.Add(1)
			time.Sleep(300 * time.Millisecond)
			return nil
		})
		var storm sync.WaitGroup
		for range 1000 {
			storm.Go(func() { mustAsk(t, c, Ready) })
		}
		storm.Wait()
		time.Sleep(freshFor - 1)
		mustAsk(t, c, Ready)
		if n := runs.Load(); n != 1 {
			t.Errorf("%d runs for a storm inside 200 ms of an answer, want 1", n)
		}
		time.Sleep(time.Nanosecond)
		mustAsk(t, c, Ready)
		if n := runs.Load(); n != 2 {
			t.Errorf("%d runs after the answer was old, want 2", n)
		}
	})
}

func TestANewCheckIsAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewChecks(nil)
		if !mustAsk(t, c, Ready).OK() {
			t.Fatal("no checks, and yet not ready")
		}
		register(t, c, Ready, "broker", func(context.Context) error { return errors.New("no") })
		if mustAsk(t, c, Ready).OK() {
			t.Error("the answer from before the check was given again")
		}
	})
}

func TestChecksRunConcurrentlyAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewChecks(nil)
		release := make(chan struct{})
		var deaf atomic.Int32
		register(t, c, Ready, "deaf", func(context.Context) error { deaf.Add(1); <-release; return nil })
		register(t, c, Ready, "polite", func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
		register(t, c, Ready, "quick", well)
		begin := time.Now()
		report := mustAsk(t, c, Ready)
		if took := time.Since(begin); took != checkTimeout {
			t.Errorf("took %v, want %v", took, checkTimeout)
		}
		for i, want := range []error{ErrSlow, ErrSlow, nil} {
			if got := report.Results[i]; !errors.Is(got.Err, want) {
				t.Errorf("%s: got %v, want %v", got.Name, got.Err, want)
			}
		}
		time.Sleep(time.Second)
		report = mustAsk(t, c, Ready)
		if got := report.Results[0].Err; !errors.Is(got, errStuck) || deaf.Load() != 1 {
			t.Errorf("a check that hangs was started %d times, error %v", deaf.Load(), got)
		}
		close(release)
		synctest.Wait()
		time.Sleep(time.Second)
		if got := mustAsk(t, c, Ready).Results[0].Err; got != nil {
			t.Errorf("the check that hung once is still %v", got)
		}
	})
}

func TestAskerMayGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewChecks(nil)
		release := make(chan struct{})
		register(t, c, Ready, "broker", func(ctx context.Context) error {
			<-release
			return ctx.Err()
		})
		first, cancelFirst := context.WithCancel(t.Context())
		led := make(chan Report, 1)
		go func() {
			report, _ := c.Ask(first, Ready)
			led <- report
		}()
		synctest.Wait()
		second, cancelSecond := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancelSecond()
		if _, err := c.Ask(second, Ready); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a follower whose context ended got %v", err)
		}
		cancelFirst()
		synctest.Wait()
		close(release)
		if report := <-led; !report.OK() {
			t.Errorf("the check was cancelled with the one that began it: %s", report.Verbose())
		}
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	c := NewChecks(nil)
	register(t, c, Live, "door", func(context.Context) error { panic("nil map") })
	if got, want := mustAsk(t, c, Live).Verbose(), "[-]door failed: panic: nil map\nnot live: door\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReasonsAreBounded(t *testing.T) {
	got := reason(errors.New(strings.Repeat("ä", maxReason)))
	if want := strings.Repeat("ä", maxReason/2) + "…"; got != want {
		t.Errorf("got %d bytes ending in %q", len(got), got[len(got)-5:])
	}
}

func TestGauge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		c := NewChecks(reg)
		var broken error
		register(t, c, Live, "door", well)
		register(t, c, Ready, "door", func(context.Context) error { return broken })
		want := func(live, ready int) {
			t.Helper()
			text := fmt.Sprintf(`
# HELP aldis_health_check_ok 1 where the named check of the probe succeeded when it last ran, 0 where it failed or has not run.
# TYPE aldis_health_check_ok gauge
aldis_health_check_ok{check="door",probe="live"} %d
aldis_health_check_ok{check="door",probe="ready"} %d
`, live, ready)
			if err := testutil.GatherAndCompare(reg, strings.NewReader(text)); err != nil {
				t.Error(err)
			}
		}
		want(0, 0)
		mustAsk(t, c, Live)
		want(1, 0)
		mustAsk(t, c, Ready)
		want(1, 1)
		broken = errors.New("no")
		time.Sleep(freshFor)
		mustAsk(t, c, Ready)
		want(1, 0)
	})
}

func TestMetricNames(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	c := NewChecks(reg)
	newRefused(reg)
	register(t, c, Live, "door", well)
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %+v", err, problems)
	}
}
