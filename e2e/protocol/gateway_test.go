package protocol

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// patience is how long a test waits for what must come. It is never waited out where a gateway conforms.
const patience = 15 * time.Second

// setting changes one of a gateway's options for a test.
type setting func(*app.Options)

// gateway is the one under test.
type gateway struct {
	url string // http://host:port
	app *app.App
	log logbook

	mu      sync.Mutex
	secrets []string // guarded by mu
}

// start returns the gateway that ALDIS_URL names, or a new one with these settings, stopped when the test ends.
func start(t *testing.T, set ...setting) *gateway {
	t.Helper()
	if url := os.Getenv("ALDIS_URL"); url != "" {
		if len(set) > 0 {
			t.Logf("ATTENTION: %s runs with settings of its own; this test wants others and makes do with what welcome tells", url)
		}
		url = strings.NewReplacer("ws://", "http://", "wss://", "https://").Replace(strings.TrimRight(url, "/"))
		return &gateway{url: url}
	}
	return own(t, set...)
}

// own returns a new gateway even where ALDIS_URL is set: for what cannot be done to somebody else's.
func own(t *testing.T, set ...setting) *gateway {
	t.Helper()
	if os.Getenv("ALDIS_URL") != "" {
		t.Log("ATTENTION: this test needs a gateway of its own; ALDIS_URL is not used")
	}
	g := &gateway{}
	no := false
	o := app.Options{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", Demo: &no, DrainWindow: time.Millisecond, Version: "test",
		Logger: slog.New(slog.NewTextHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	o.Session.SignalsPerSecond = 1e6
	for _, s := range set {
		s(&o)
	}
	a, err := app.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	g.app, g.url = a, "http://"+a.Addr().String()
	t.Cleanup(func() { g.stop(t) })
	return g
}

// stop ends the gateway and looks for secrets in what it logged.
func (g *gateway) stop(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.app.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	text := g.log.String()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.secrets {
		if strings.Contains(text, s) {
			t.Error("a secret stands in the log")
		}
	}
	if strings.Contains(text, "panic") {
		t.Errorf("a panic stands in the log:\n%s", text)
	}
}

// keep remembers a secret that no log may show.
func (g *gateway) keep(secret string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.secrets = append(g.secrets, secret)
}

// logbook is a log in memory, at most 4 MiB of it.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buf.Len() < 4<<20 {
		l.buf.Write(b)
	}
	return len(b), nil
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func grace(d time.Duration) setting     { return func(o *app.Options) { o.Session.Grace = d } }
func heartbeat(d time.Duration) setting { return func(o *app.Options) { o.Session.Heartbeat = d } }
func inbox(n int) setting               { return func(o *app.Options) { o.Limits.InboxSignals = n } }
