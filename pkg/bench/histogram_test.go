package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestBuckets holds that the buckets follow each other without a hole and are narrow.
func TestBuckets(t *testing.T) {
	least := time.Duration(0)
	for i := range buckets {
		if bucketOf(least) != i || bucketOf(top(i)) != i {
			t.Fatalf("bucket %d: %d and %d are in %d and %d", i, least, top(i), bucketOf(least), bucketOf(top(i)))
		}
		if wide := float64(top(i) - least); wide > float64(least)/64 {
			t.Fatalf("bucket %d, from %d to %d, is too wide", i, least, top(i))
		}
		least = top(i) + 1
	}
	if least != maxLatency+1 {
		t.Errorf("the last bucket ends at %d, not %d", least-1, maxLatency)
	}
}

// TestQuantiles compares with what sorting says.
func TestQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for _, n := range []int{1, 2, 99, 100, 101, 10_000} {
		var h Histogram
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(math.Exp(r.Float64() * 24)) // 1 ns to 26 s
			h.Record(all[i])
		}
		slices.Sort(all)
		for q, rank := range map[float64]int{0.5: (n + 1) / 2, 0.9: (n*9 + 9) / 10, 0.99: (n*99 + 99) / 100, 1: n} {
			want, got := all[rank-1], h.Quantile(q)
			if got < want || float64(got-want) > float64(want)/64 {
				t.Errorf("%g of %d: %v, want %v", q, n, got, want)
			}
		}
		if h.Quantile(1) != all[n-1] || h.Count() != int64(n) {
			t.Errorf("of %d: max %v, count %d; want %v", n, h.Quantile(1), h.Count(), all[n-1])
		}
	}
}

func TestPercentiles(t *testing.T) {
	var h Histogram
	if p := *h.Percentiles(); p != (Percentiles{}) {
		t.Errorf("of nothing: %+v", p)
	}
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	p := h.Percentiles()
	for _, c := range []struct{ got, want float64 }{{p.P50, 500}, {p.P90, 900}, {p.P99, 990}, {p.P999, 999}} {
		if c.got < c.want || c.got > c.want*65/64 {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if p.Max != 1000 || p.Mean != 500.5 || p.Count != 1000 {
		t.Errorf("%+v", p)
	}
}

func TestHistogramOutOfRange(t *testing.T) {
	var h Histogram
	h.Record(-time.Second)
	if h.Quantile(1) != 0 {
		t.Errorf("a negative one is %v", h.Quantile(1))
	}
	h.Record(24 * time.Hour)
	if h.Quantile(1) != maxLatency || h.Count() != 2 {
		t.Errorf("a day is %v, count %d", h.Quantile(1), h.Count())
	}
}

func TestHistogramAtOnce(t *testing.T) {
	var h Histogram
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 1000 {
				h.Record(time.Duration(g*1000 + i))
				h.Quantile(0.5)
			}
		})
	}
	wg.Wait()
	if h.Count() != 4000 || h.Quantile(1) != 3999 {
		t.Errorf("count %d, max %d", h.Count(), h.Quantile(1))
	}
}
