package door

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// patience bounds waits for what takes a moment on a machine that has nothing else to do.
const patience = 30 * time.Second

// binary is aldis, built with the race detector.
var binary string

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // net/http speaks there of answers before their requests
	dir, err := os.MkdirTemp("", "aldis-door")
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

// start starts a gateway that is stopped with the test; the test fails where it leaves badly or has logged a bug.
func start(t *testing.T, descriptors int, args ...string) *doortest.Gateway {
	t.Helper()
	g, err := doortest.Start(t.Context(), binary, descriptors, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the end of its log:\n%s", g.Log())
		}
	})
	return g
}

// scene is a gateway with sessions that talk and probes that are asked.
type scene struct {
	*doortest.Gateway
	pairs  *doortest.Pairs
	probes *doortest.Probes
	before doortest.Level // with the sessions
}

func open(t *testing.T, g *doortest.Gateway, url string, pairs int) *scene {
	t.Helper()
	// One that came and went: what is made for the first is not taken for a leak.
	if v := doortest.Knock(t.Context(), url, patience); v.Conn == nil {
		t.Fatal(v.Err)
	} else if err := doortest.Leave(t.Context(), v.Conn); err != nil {
		t.Fatal(err)
	}
	p, err := doortest.Talk(t.Context(), url, pairs, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{Gateway: g, pairs: p}
	if s.before, err = g.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.probes = g.Watch(100 * time.Millisecond)
	return s
}

// close ends the scene: what was used is given back, probes were answered, and every signal is accounted for.
func (s *scene) close(t *testing.T) doortest.Account {
	t.Helper()
	live, ready := s.probes.Stop()
	t.Logf("livez: %v", live)
	t.Logf("readyz: %v", ready)
	fail(t, live.Broken("livez"))
	fail(t, ready.Broken("readyz"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.pairs.Advance(ctx, 3); err != nil {
		t.Error(err)
	}
	after, err := s.Settle(ctx, s.before)
	if err != nil {
		t.Error(err)
	}
	t.Logf("before: %v; after: %v", s.before, after)
	a := s.pairs.Stop(t.Context(), patience)
	t.Log(a)
	fail(t, a.Broken())
	return a
}

func fail(t *testing.T, broken []string) {
	t.Helper()
	for _, b := range broken {
		t.Error(b)
	}
}
