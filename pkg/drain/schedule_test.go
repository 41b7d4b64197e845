package drain

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestAt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		n      int
		window time.Duration
		want   []time.Duration
	}{
		{"four in two seconds", 4, 2 * time.Second, []time.Duration{5e8, 1e9, 15e8, 2e9}},
		{"one leaves at the end", 1, time.Second, []time.Duration{time.Second}},
		{"no window", 2, 0, []time.Duration{0, 0}},
		{"negative window", 2, -time.Second, []time.Duration{0, 0}},
		{"more sessions than nanoseconds", 4, 2, []time.Duration{0, 1, 1, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []time.Duration
			for i := range tt.n {
				got = append(got, At(i, tt.n, tt.window))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAtTheEdges(t *testing.T) {
	const n = math.MaxInt
	half := 30 * time.Minute
	for name, ok := range map[string]bool{
		"the last of very many":   At(n-1, n, math.MaxInt64) == math.MaxInt64,
		"the middle of very many": At(n/2, n, 2*half) >= half && At(n/2, n, 2*half) <= half+1,
		"after the last":          At(9, 4, time.Second) == time.Second,
		"before the first":        At(-1, 4, time.Second) == 250*time.Millisecond,
		"of nobody":               At(0, 0, time.Second) == 0,
	} {
		if !ok {
			t.Error(name)
		}
	}
}
