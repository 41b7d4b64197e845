package bench

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// The buckets of a Histogram: below 2^subBits ns one for each ns, above it 2^(subBits-1) for each power of two, so that
// a bucket is less than 1/64 of its value wide. The last one takes what is above maxLatency.
const (
	subBits    = 7
	maxExp     = 38 // 2^38 ns are 4.6 min
	maxLatency = time.Duration(1)<<maxExp - 1
	buckets    = (maxExp-subBits)<<(subBits-1) + 1<<subBits
)

// Histogram counts durations in logarithmic buckets (the scheme of HdrHistogram): its size is fixed, 17 kB, and what
// it says is at most 1.6 % above what was recorded. The zero value is ready; all methods may be called at once.
type Histogram struct {
	count atomic.Int64
	sum   atomic.Int64 // ns
	max   atomic.Int64 // ns
	in    [buckets]atomic.Int64
}

// bucketOf returns the bucket of a duration.
func bucketOf(d time.Duration) int {
	v := uint64(min(max(d, 0), maxLatency))
	exp := max(bits.Len64(v)-subBits, 0)
	return exp<<(subBits-1) + int(v>>exp)
}

// top returns the longest duration of a bucket.
func top(bucket int) time.Duration {
	exp := max(bucket>>(subBits-1)-1, 0)
	return time.Duration(bucket-exp<<(subBits-1)+1)<<exp - 1
}

// Record counts d. A negative one counts as 0, one above maxLatency as that.
func (h *Histogram) Record(d time.Duration) {
	d = min(max(d, 0), maxLatency)
	h.in[bucketOf(d)].Add(1)
	h.count.Add(1)
	h.sum.Add(int64(d))
	for {
		known := h.max.Load()
		if int64(d) <= known || h.max.CompareAndSwap(known, int64(d)) {
			return
		}
	}
}

// Count returns how many durations were recorded.
func (h *Histogram) Count() int64 { return h.count.Load() }

// Quantile returns a duration that the fraction q of all is at or below: 0.99 for the 99th percentile (the nearest rank).
// 0 where nothing was recorded.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := h.count.Load()
	if n == 0 {
		return 0
	}
	rank := min(max(ceil(q*float64(n)), 1), n)
	longest := time.Duration(h.max.Load())
	for i := range h.in {
		if rank -= h.in[i].Load(); rank <= 0 {
			return min(top(i), longest)
		}
	}
	return longest
}

// ceil rounds up, but forgives what binary fractions add: 0.99 of 100 is 99.
func ceil(f float64) int64 {
	n := int64(f)
	if f-float64(n) > 1e-6 {
		n++
	}
	return n
}

// Percentiles are what a Histogram says, in milliseconds.
type Percentiles struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99_9"`
	Max   float64 `json:"max"`
}

// Percentiles returns the figures that are reported.
func (h *Histogram) Percentiles() *Percentiles {
	p := &Percentiles{Count: h.Count(), P50: millis(h.Quantile(0.5)), P90: millis(h.Quantile(0.9)),
		P99: millis(h.Quantile(0.99)), P999: millis(h.Quantile(0.999)), Max: millis(time.Duration(h.max.Load()))}
	if p.Count > 0 {
		p.Mean = millis(time.Duration(h.sum.Load() / p.Count))
	}
	return p
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
