package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logged is a log that is read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, o app.Options) (*app.App, *logged) {
	t.Helper()
	log := new(logged)
	o.Listen, o.OpsListen, o.DrainWindow = "127.0.0.1:0", "127.0.0.1:0", 10*time.Millisecond
	o.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, err := app.New(o)
	if err == nil {
		err = a.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 { // the second finds nothing to do
			if err := a.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return a, log
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestOps(t *testing.T) {
	a, _ := start(t, app.Options{Version: "v1.2.3"})
	ops := "http://" + a.OpsAddr().String()
	for _, path := range []string{"/livez", "/readyz", "/readyz?verbose"} {
		status, body := get(t, ops+path)
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
		if strings.Contains(path, "verbose") && (!strings.Contains(body, "broker") || !strings.Contains(body, "not-draining")) {
			t.Errorf("%s: %s", path, body)
		}
	}
	_, metrics := get(t, ops+"/metrics")
	problems, err := promlint.New(strings.NewReader(metrics)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "aldis_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for _, want := range []string{ // at zero before anything has happened
		`aldis_signals_total{result="sent"} 0`, `aldis_signals_total{result="inbox_full"} 0`, `aldis_closes_total{reason="slow_consumer"} 0`,
		`aldis_refusals_total{code="draining"} 0`, `aldis_frame_errors_total{code="bad_frame"} 0`, `aldis_welcomes_total{resumed="true"} 0`,
		`aldis_connections 0`, `aldis_sessions 0`, `aldis_rooms 0`, `aldis_queue_frames 0`, `aldis_relay_seconds_count 0`,
		`aldis_handshake_seconds_count 0`, `aldis_build_info{version="v1.2.3"} 1`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}

// TestDemo serves pages on loopback unless told not to, and answers problem+json where nothing is.
func TestDemo(t *testing.T) {
	off := false
	for _, tt := range []struct {
		demo   *bool
		path   string
		status int
		holds  string
	}{
		{nil, "/", 200, "<title>Aldis"}, {nil, "/sdk/aldis.js", 200, "AldisClient"}, {nil, "/nope", 404, `"status":404`},
		{&off, "/", 404, `"code":"not_found"`},
	} {
		a, _ := start(t, app.Options{Demo: tt.demo})
		if (a.DemoURL() != "") != (tt.demo == nil) {
			t.Errorf("DemoURL is %q", a.DemoURL())
		}
		status, body := get(t, "http://"+a.Addr().String()+tt.path)
		if status != tt.status || !strings.Contains(body, tt.holds) {
			t.Errorf("%s: %d %s", tt.path, status, body)
		}
	}
}

// TestNoSecretIsLogged greps the whole log of a run, at its most talkative, for every secret that was in it.
func TestNoSecretIsLogged(t *testing.T) {
	a, log := start(t, app.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	const token = "eyJhbGciOiJub25lIn0.c2VjcmV0.c2ln"
	conn, _, err := websocket.Dial(ctx, a.URL()+"?token="+token, &websocket.DialOptions{
		Subprotocols: []string{"aldis.v1", "aldis.bearer." + token}, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var welcome wire.Message
	for i, frame := range []string{
		`{"type":"hello","peer":"alice","token":"` + token + `"}`,
		`{"type":"renew","id":1,"token":"` + token + `"}`,
		`{"type":"renew","id":2,"token":"` + token + `","token":"` + token + `"}`,
		`{"token":"` + token + `"`,
	} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		_, b, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := json.Unmarshal(b, &welcome); err != nil || welcome.Secret == "" {
				t.Fatalf("%s: %v", b, err)
			}
		} else if bytes.Contains(b, []byte(token)) {
			t.Errorf("a token comes back: %s", b)
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, "http://"+a.Addr().String()+"/v1/connect?app=nobody&token="+token); status != 404 || strings.Contains(body, token) {
		t.Errorf("%d %s", status, body)
	}
	if err := a.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); !strings.Contains(got, "session: closed") || !strings.Contains(got, "accept: refused") {
		t.Errorf("the log does not have what it should be searched for:\n%s", got)
	}
	for _, secret := range []string{token, welcome.Secret, welcome.Session} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s:\n%s", secret, log)
		}
	}
}

// TestStartFails names what is wrong and leaves nothing running.
func TestStartFails(t *testing.T) {
	a, _ := start(t, app.Options{})
	taken := a.Addr().String()
	b, err := app.New(app.Options{Listen: taken, OpsListen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
	for _, o := range []app.Options{
		{Listen: "nowhere"}, {Broker: "paper"}, {StopTimeout: time.Millisecond, DrainWindow: time.Second},
	} {
		if _, err := app.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
