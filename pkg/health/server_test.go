package health

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// start starts a server on a free loopback port, and stops it when the test ends.
func start(t *testing.T, checks *Checks) *Server {
	t.Helper()
	s := &Server{
		Address:  "127.0.0.1:0",
		Checks:   checks,
		Registry: prometheus.NewRegistry(),
		Logger:   slog.New(slog.DiscardHandler),
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

// do sends one request on a connection of its own and returns status, header and body.
func do(t *testing.T, s *Server, method, path string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func TestServer(t *testing.T) {
	checks := NewChecks(nil)
	register(t, checks, Live, "door", well)
	register(t, checks, Ready, "door", well)
	register(t, checks, Ready, "broker", func(context.Context) error { return errors.New("10.0.0.7 is away") })
	s := start(t, checks)
	for _, tt := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/livez", 200, "ok\n"},
		{"HEAD", "/livez", 200, ""},
		{"GET", "/livez?verbose", 200, "[+]door ok\nok\n"},
		{"GET", "/readyz", 503, "not ready: broker\n"},
		{"GET", "/readyz?verbose=1", 503, "[+]door ok\n[-]broker failed: 10.0.0.7 is away\nnot ready: broker\n"},
		{"HEAD", "/readyz", 503, ""},
		{"GET", "/", 200, index},
		{"GET", "/debug/pprof/", 404, "404 page not found\n"},
		{"POST", "/livez", 405, "only GET and HEAD\n"},
		{"DELETE", "/", 405, "only GET and HEAD\n"},
	} {
		status, header, body := do(t, s, tt.method, tt.path)
		if status != tt.status || body != tt.body {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, status, body, tt.status, tt.body)
		}
		if got := header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%s %s: Content-Type %q", tt.method, tt.path, got)
		}
	}
}

func TestMetricsAskTheChecksFirst(t *testing.T) {
	reg := prometheus.NewRegistry()
	checks := NewChecks(reg)
	register(t, checks, Ready, "door", well)
	s := &Server{Address: "127.0.0.1:0", Checks: checks, Registry: reg, Logger: slog.New(slog.DiscardHandler)}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop(context.Background()) }()
	status, _, body := do(t, s, "GET", "/metrics")
	for _, want := range []string{`aldis_health_check_ok{check="door",probe="ready"} 1`, "aldis_ops_refused_connections_total 0"} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("status %d: no %s in:\n%s", status, want, body)
		}
	}
}

func TestStartNamesTheAddressThatIsTaken(t *testing.T) {
	first := start(t, nil)
	second := &Server{Address: first.Addr().String()}
	err := second.Start(t.Context())
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "listen" || op.Addr.String() != first.Addr().String() {
		t.Errorf("got %v, want a *net.OpError of listen", err)
	}
	if err := second.Stop(t.Context()); err != nil {
		t.Errorf("stop of what did not start: %v", err)
	}
}

func TestStopEndsConnectionsThatDoNotEnd(t *testing.T) {
	checks := NewChecks(nil)
	release, running := make(chan struct{}), make(chan struct{})
	register(t, checks, Ready, "slow", func(context.Context) error { close(running); <-release; return nil })
	s := start(t, checks)
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /readyz HTTP/1.1\r\nHost: aldis\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-running
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want what ended the wait", err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil {
		t.Error("the connection still gives an answer")
	}
	close(release)
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("a second Stop: %v", err)
	}
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("stopped, and yet it listens")
	}
}

func TestADeadListenerIsOpenedAnew(t *testing.T) {
	s := start(t, nil)
	addr := s.Addr().String()
	old := s.listener()
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for ; s.listener() == old; <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it was not opened anew")
		}
	}
	if status, _, _ := do(t, s, "GET", "/livez"); status != 200 || s.Addr().String() != addr {
		t.Errorf("status %d at %s, was %s", status, s.Addr(), addr)
	}
}

func TestTooManyConnectionsAreClosedAndCounted(t *testing.T) {
	refused := newRefused(nil)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := limit(inner, 2, refused)
	defer func() { _ = ln.Close() }()
	accepted := make(chan net.Conn, 4)
	go func() {
		defer close(accepted)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	dial()
	dial()
	first, second := <-accepted, <-accepted
	if _, err := dial().Read(make([]byte, 1)); err == nil || testutil.ToFloat64(refused) != 1 {
		t.Errorf("the third: read %v, %v refused", err, testutil.ToFloat64(refused))
	}
	_ = first.Close()
	_ = first.Close() // a second Close must not free a second slot
	dial()
	third := <-accepted
	if _, err := dial().Read(make([]byte, 1)); err == nil || testutil.ToFloat64(refused) != 2 {
		t.Errorf("the fifth: read %v, %v refused", err, testutil.ToFloat64(refused))
	}
	_, _ = second.Close(), third.Close()
	_ = ln.Close()
	for conn := range accepted {
		_ = conn.Close()
	}
}
