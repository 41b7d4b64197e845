package drain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestRunLastInFirstOut(t *testing.T) {
	var got []string
	o := Order{Logger: quiet()}
	for _, name := range []string{"ops", "broker", "door"} {
		if !o.Add(name, time.Second, func(context.Context) error { got = append(got, name); return nil }) {
			t.Fatalf("Add(%s) was refused before Run", name)
		}
	}
	if err := o.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"door", "broker", "ops"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if o.Add("late", 0, func(context.Context) error { return nil }) {
		t.Error("Add after Run was taken: nobody would ever run it")
	}
}

func TestRunJoinsErrorsWithStepNames(t *testing.T) {
	first, second := errors.New("lease lost"), errors.New("socket stuck")
	o := Order{Logger: quiet()}
	o.Add("broker", 0, func(context.Context) error { return first })
	o.Add("hub", 0, func(context.Context) error { panic("nil map") })
	o.Add("door", 0, func(context.Context) error { return second })
	err := o.Run(t.Context())
	if !errors.Is(err, first) || !errors.Is(err, second) {
		t.Fatalf("errors of both steps must be found in %v", err)
	}
	if got, want := err.Error(), "door: socket stuck\nhub: panic: nil map\nbroker: lease lost"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunIsIdempotent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, fail := 0, errors.New("no")
		o := Order{Logger: quiet()}
		o.Add("door", 0, func(context.Context) error {
			calls++
			time.Sleep(time.Second)
			return fail
		})
		results := make(chan error, 2)
		for range 2 {
			go func() { results <- o.Run(t.Context()) }()
		}
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		synctest.Wait()
		if err := o.Run(short); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, fail) {
			t.Errorf("a second Run whose context ends returned %v", err)
		}
		for range 2 {
			if err := <-results; !errors.Is(err, fail) {
				t.Errorf("got %v, want the error of the one step", err)
			}
		}
		if err := o.Run(t.Context()); !errors.Is(err, fail) || calls != 1 {
			t.Errorf("a later Run: error %v, %d calls", err, calls)
		}
	})
}

func TestStepsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var ended error
		o := Order{Limit: time.Minute, Logger: quiet()}
		o.Add("ops", 0, func(context.Context) error { return nil })
		o.Add("polite", 2*time.Second, func(ctx context.Context) error {
			<-ctx.Done()
			ended = ctx.Err()
			return nil // it heeded its bound: that is no failure
		})
		o.Add("deaf", 3*time.Second, func(context.Context) error { <-release; return nil })
		begin := time.Now()
		err := o.Run(t.Context())
		took := time.Since(begin)
		close(release)
		if !errors.Is(err, ErrLate) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want ErrLate, which is a deadline exceeded", err)
		}
		if got, want := err.Error(), "deaf: did not finish in time"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if want := 3*time.Second + lastChance + 2*time.Second; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
		if !errors.Is(ended, context.DeadlineExceeded) {
			t.Errorf("the polite step saw %v", ended)
		}
	})
}

func TestWholeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var seen []string
		o := Order{Limit: 5 * time.Second, Logger: quiet()}
		for _, name := range []string{"ops", "broker"} {
			o.Add(name, 10*time.Second, func(ctx context.Context) error {
				if ctx.Err() != nil {
					seen = append(seen, name)
				}
				return ctx.Err()
			})
		}
		o.Add("deaf", time.Hour, func(context.Context) error { <-release; return nil })
		begin := time.Now()
		err := o.Run(t.Context())
		took := time.Since(begin)
		close(release)
		if want := 5*time.Second + lastChance; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
		if want := []string{"broker", "ops"}; !slices.Equal(seen, want) {
			t.Errorf("after the deadline %v ran with an ended context, want %v", seen, want)
		}
		if n := strings.Count(err.Error(), "\n") + 1; n != 3 {
			t.Errorf("%d errors in %q, want 3", n, err)
		}
	})
}

func TestRunHeedsAnEarlierDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Order{Limit: time.Hour, Logger: quiet()}
		o.Add("door", 0, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := o.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestZeroLimitIsTheDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Order{Logger: quiet()}
		var left time.Duration
		o.Add("door", 0, func(ctx context.Context) error {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			return nil
		})
		if err := o.Run(t.Context()); err != nil || left != defaultLimit {
			t.Errorf("error %v, %v left, want %v", err, left, defaultLimit)
		}
	})
}

func TestEachStepIsLoggedWithItsDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var buf bytes.Buffer
		o := Order{Logger: slog.New(slog.NewJSONHandler(&buf, nil))}
		o.Add("broker", 0, func(context.Context) error { return errors.New("gone") })
		o.Add("door", 0, func(context.Context) error { time.Sleep(1500 * time.Millisecond); return nil })
		_ = o.Run(t.Context()) // its error is the other tests' matter
		type line struct {
			Level, Step, Error string
			Took               time.Duration
		}
		want := []line{{Level: "INFO", Step: "door", Took: 1500 * time.Millisecond},
			{Level: "WARN", Step: "broker", Error: "gone"}}
		var got []line
		for dec := json.NewDecoder(&buf); dec.More(); {
			var l line
			if err := dec.Decode(&l); err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		if !slices.Equal(got, want) {
			t.Errorf("logged %+v, want %+v", got, want)
		}
	})
}
