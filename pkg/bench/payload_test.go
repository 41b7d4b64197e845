package bench

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestPayload(t *testing.T) {
	for _, kind := range []string{wire.KindOffer, wire.KindAnswer, wire.KindCandidate, wire.KindMessage} {
		for _, sizes := range []Sizes{{minPayload, minPayload}, {130, 170}, {1200, 2500}, {maxPayload, maxPayload}} {
			p := newPool(kind, sizes, rand.New(rand.NewPCG(1, 0)))
			seen := map[int]bool{}
			for n := range 2 * variants {
				at := time.Duration(n) * time.Hour
				data := p.append(nil, n, n, int64(n)+1, at)
				seen[len(data)] = true
				if len(data) < sizes.Min || len(data) > sizes.Max || !json.Valid(data) {
					t.Fatalf("%s, %v: %d bytes: %s", kind, sizes, len(data), data)
				}
				stream, index, gotAt, ok := readStamp(data)
				if !ok || stream != n || index != int64(n)+1 || gotAt != at {
					t.Fatalf("read %d %d %v %v from %s", stream, index, gotAt, ok, data)
				}
			}
			if sizes.Max > sizes.Min && len(seen) < 3 {
				t.Errorf("%s, %v: sizes are %v", kind, sizes, seen)
			}
		}
	}
}

func TestPayloadsAreReproducible(t *testing.T) {
	offer := func(seed uint64) string {
		return string(newPool(wire.KindOffer, Sizes{1200, 2500}, rand.New(rand.NewPCG(seed, 0))).append(nil, 3, 1, 1, 1))
	}
	one, again, other := offer(1), offer(1), offer(2)
	if one != again || one == other {
		t.Error("the seed does not make the payload")
	}
}

func TestStampOfOthers(t *testing.T) {
	for _, data := range []string{"", "{}", `{"x-bench":[`, `{"x-bench":[1,2`, `{"x-bench":[1,2,x]}`, `{"x-bench":[1,2,9999999999999999999999]}`} {
		if _, _, _, ok := readStamp([]byte(data)); ok {
			t.Errorf("%s was read", data)
		}
	}
}
