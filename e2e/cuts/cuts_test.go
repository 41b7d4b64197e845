package cuts

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/session"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pairs = 16

// TestCuts takes its seed from ALDIS_SEED and the number of cuts from ALDIS_CUTS (10,000).
func TestCuts(t *testing.T) {
	seed := number("ALDIS_SEED", time.Now().UnixNano()%1e6)
	total := number("ALDIS_CUTS", 10_000)
	t.Logf("seed %d, %d cuts, %d pairs", seed, total, pairs)
	a, err := app.New(app.Options{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", DrainWindow: time.Millisecond,
		Session: session.Config{SignalsPerSecond: 60, Grace: time.Minute}, // some are refused rate_limited
		Limits:  broker.Limits{InboxSignals: 32},                          // and some inbox_full
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err == nil {
		err = a.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cut := &cutter{rand: rand.New(rand.NewPCG(uint64(seed), 1))}
	fails := make(chan string, 1000)
	peers := make([]*peer, 2*pairs)
	for i := range peers {
		peers[i] = newPeer(wire.PeerID(fmt.Sprintf("p%d", i)), wire.RoomID(fmt.Sprintf("room%d", i/2)), fails)
		if err := peers[i].connect(ctx, "ws://"+a.Addr().String(), cut); err != nil {
			t.Fatal(err)
		}
	}
	cut.left.Store(total)
	began := time.Now()
	each(t, peers, func(i int, p *peer) error {
		return p.talk(ctx, peers[i^1], func() bool { return cut.left.Load() <= 0 })
	})
	took := time.Since(began)
	arrival, stopWaiting := context.WithTimeout(ctx, 20*time.Second)
	defer stopWaiting()
	each(t, peers, func(i int, p *peer) error { return p.wait(arrival, peers[i^1]) })
	for _, p := range peers {
		p.countFlaps() // before they say bye
	}
	each(t, peers, func(_ int, p *peer) error { return p.c.Close(ctx) })
	close(fails)
	for f := range fails {
		t.Error(f)
	}
	report(t, peers, cut, took)
}

// report holds what was sent against what came.
func report(t *testing.T, peers []*peer, cut *cutter, took time.Duration) {
	var sent, acked, lost, doubled, reordered, phantom, flaps, sessions int
	refused := map[wire.Code]int{}
	for i, p := range peers {
		other := peers[i^1]
		sent += other.sent
		sessions += p.lost
		for code, n := range p.refused {
			refused[code] += n
		}
		came := make([]int, other.sent)
		last := -1
		for _, n := range p.got {
			if n < last {
				reordered++
			}
			last = max(last, n)
			came[n]++
		}
		acked += len(other.acked)
		for n, times := range came {
			switch {
			case other.acked[n] && times == 0:
				lost++
			case !other.acked[n] && times > 0:
				phantom++
			}
			doubled += max(0, times-1)
		}
		flaps += p.flaps
	}
	t.Logf("%d cuts in %v: %d lost a frame, %d lost a reply, %d after a write; %d at the welcome", total(cut), took.Round(time.Millisecond),
		cut.made[loseFrame].Load(), cut.made[loseReply].Load(), cut.made[afterWrite].Load(), cut.atWelcome.Load())
	t.Logf("%d signals, %d acked, refused %v", sent, acked, refused)
	t.Logf("acked but lost %d, doubled %d, reordered %d, refused but delivered %d, presence flaps %d, sessions lost %d",
		lost, doubled, reordered, phantom, flaps, sessions)
	if lost+doubled+reordered+phantom+flaps+sessions > 0 {
		t.Error("a promise was broken")
	}
	for _, code := range []wire.Code{wire.CodeNoSuchPeer, wire.CodeInboxFull, wire.CodeRateLimited} {
		if refused[code] == 0 {
			t.Errorf("no signal was refused %s: the schedule does not test what it should", code)
		}
	}
}

func total(c *cutter) (n int64) {
	for i := range c.made {
		n += c.made[i].Load()
	}
	return n
}

// each runs do for all peers at once.
func each(t *testing.T, peers []*peer, do func(i int, p *peer) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i, p := range peers {
		wg.Go(func() {
			if err := do(i, p); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		})
	}
	wg.Wait()
}

func number(name string, def int64) int64 {
	if n, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return def
}
