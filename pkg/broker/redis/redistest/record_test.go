package redistest

import (
	"fmt"
	"testing"
)

// recorder is a test that may fail: the helpers' own Fatalf and Logf are kept instead of shown.
type recorder struct {
	testing.TB
	log, fatal string
}

type stop struct{}

func (r *recorder) Helper() {}

func (r *recorder) Logf(format string, args ...any) { r.log += fmt.Sprintf(format, args...) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.fatal = fmt.Sprintf(format, args...)
	panic(stop{})
}

// record runs f until its Fatalf.
func record(t *testing.T, f func(testing.TB)) (r *recorder) {
	t.Helper()
	r = &recorder{TB: t}
	defer func() {
		if v := recover(); v != nil && v != any(stop{}) {
			panic(v)
		}
	}()
	f(r)
	return r
}
