package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// binary is aldis, built with the race detector.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "aldis-chaos")
	if err == nil {
		binary, err = doortest.Build(context.Background(), dir, true)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir) // what is left is in the temporary folder
		os.Exit(code)
	}))
}

// crowdSize is how many peers there are.
const crowdSize = 200

// kills is how many pods are killed in one deck.
const kills = 8

// TestChaos plays every cause once, in an order drawn from the seed, and then goes on as long as it is asked to.
func TestChaos(t *testing.T) {
	seed, length := drawn(t), time.Minute
	if s := os.Getenv("ALDIS_CHAOS"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d (ALDIS_SEED), length %v (ALDIS_CHAOS)", seed, length)
	store := redistest.Start(t)
	tapped := startTap(t, store.Addr())
	args := []string{"--broker=redis", "--redis-addresses=" + store.Addr()}
	w := newWorld(t, seed, crowdSize, []string{"--broker=redis", "--redis-addresses=" + tapped.addr()}, args, args)
	stop := w.cutSockets()
	deck := []phase{termPod, freezePod, freezeStore(store), emptyStore(store), unpublished(tapped)}
	for range kills {
		deck = append(deck, killPod)
	}
	w.run(deck, length)
	stop()
	w.end()
}

// run deals the deck, in orders drawn from the seed, once and then until the time is over, or until service does not come back.
func (w *world) run(deck []phase, length time.Duration) {
	w.t.Helper()
	began := time.Now()
	w.play(calm)
	for deal := 0; deal == 0 || time.Since(began) < length; deal++ {
		for _, i := range w.rand.Perm(len(deck)) {
			if deal > 0 && time.Since(began)+deck[i].lasts > length {
				continue
			}
			if !w.play(deck[i]) {
				return // what comes now would fail for the same reason
			}
		}
		w.frozenMore = frozenLong
	}
}

// end lets all signals come home and reports.
func (w *world) end() {
	w.t.Helper()
	w.crowd.stop()
	w.play(phase{name: "nobody talks", cause: func(*world, *outcome) error { return nil }})
	w.report()
}

// drawn is the seed that was asked for, or a new one.
func drawn(t *testing.T) uint64 {
	t.Helper()
	if s := os.Getenv("ALDIS_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return seed
	}
	return rand.Uint64N(1e6)
}
