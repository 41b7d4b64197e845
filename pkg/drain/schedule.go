package drain

import (
	"math/bits"
	"time"
)

// At is when the session at place i of n, 0 being the oldest, is to leave, counted from the start: window*(i+1)/n. So
// leaving is spread evenly and the last goes when the window ends. A negative window counts as none, and a place
// outside 0 to n-1 as the nearest inside.
func At(i, n int, window time.Duration) time.Duration {
	if window <= 0 || n <= 0 {
		return 0
	}
	i = min(max(i, 0), n-1)
	// In 128 bits, because an hour times a few million sessions is more than an int64 holds.
	hi, lo := bits.Mul64(uint64(window), uint64(i)+1)
	at, _ := bits.Div64(hi, lo, uint64(n)) // fits, for (i+1)/n ≤ 1
	return time.Duration(at)
}
