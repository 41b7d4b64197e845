package redistest

import (
	"testing"
	"time"
)

// await calls try until it returns nil, and ends the test with its last error when limit has passed.
func await(t testing.TB, limit time.Duration, what string, try func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); ; <-tick.C {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s within %v: %v", what, limit, err)
		}
	}
}
