package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
)

func TestStartFailure(t *testing.T) {
	addr := func(s string) net.Addr {
		a, err := net.ResolveTCPAddr("tcp", s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	listen := func(s string, err error) error {
		return fmt.Errorf("app: %w", &net.OpError{Op: "listen", Net: "tcp", Addr: addr(s), Err: err})
	}
	o := app.Options{Listen: "localhost:8080", OpsListen: "127.0.0.1:9090"}
	same := app.Options{Listen: "127.0.0.1:8080", OpsListen: "127.0.0.1:8080"}
	for _, tt := range []struct {
		name string
		o    app.Options
		err  error
		code int
		want string
	}{
		{"taken", o, listen("127.0.0.1:8080", syscall.EADDRINUSE), exitListen,
			"listen: 127.0.0.1:8080 is taken by another process; choose another with --listen"},
		{"ops taken", o, listen("127.0.0.1:9090", syscall.EADDRINUSE), exitListen,
			"ops-listen: 127.0.0.1:9090 is taken by another process; choose another with --ops-listen"},
		{"both the same", same, listen("127.0.0.1:8080", syscall.EADDRINUSE), exitListen,
			"listen and ops-listen are both 127.0.0.1:8080; choose another for one of them"},
		{"elsewhere", o, listen("192.0.2.1:80", syscall.EADDRNOTAVAIL), exitListen,
			"listen: 192.0.2.1:80 is not an address of this machine; choose another with --listen"},
		{"privileged", o, listen("127.0.0.1:80", syscall.EACCES), exitListen,
			"listen: 127.0.0.1:80 needs a privilege that this process does not have; choose a port above 1023 with --listen"},
		{"something else", o, listen("127.0.0.1:80", syscall.ENOBUFS), exitListen,
			"listen: 127.0.0.1:80 no buffer space available; choose another with --listen"},
		{"not listening", o, errors.New("no entropy"), exitFailed, "start: no entropy"},
		{"dialing", o, &net.OpError{Op: "dial", Net: "tcp", Addr: addr("127.0.0.1:6379"), Err: syscall.ECONNREFUSED}, exitFailed,
			"start: dial tcp 127.0.0.1:6379: connection refused"},
	} {
		f := startFailure(tt.o, tt.err)
		if f.code != tt.code || f.Error() != tt.want {
			t.Errorf("%s: exit %d, %q; want %d, %q", tt.name, f.code, f, tt.code, tt.want)
		}
		if !errors.Is(f, errors.Unwrap(f)) {
			t.Errorf("%s: the cause is lost", tt.name)
		}
	}
}

func TestBrokerFailure(t *testing.T) {
	e, err := resolve(layer{"redis-addresses": {[]string{"a:1"}, origin{fromFlag, "--redis-addresses"}}}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"redis: redis-addresses: none answers: a:1: refused":     "broker: --redis-addresses: none answers: a:1: refused",
		"redis: redis-addresses: none answers: a:1: no\nb:1: no": "broker: --redis-addresses: none answers: a:1: no; b:1: no",
		"redis: redis-tls-ca: no such file":                      "broker: redis-tls-ca: no such file",
		"redis: a:1 is Redis 6.2; 7.0 or later is needed":        "broker: a:1 is Redis 6.2; 7.0 or later is needed",
	} {
		cause := errors.New(text)
		if f := e.brokerFailure(fmt.Errorf("%w: %w", app.ErrBroker, cause)); f.code != exitBroker || f.Error() != want {
			t.Errorf("exit %d, %q; want %d, %q", f.code, f, exitBroker, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	late := errors.Join(errors.New("hub: stuck"), fmt.Errorf("door: %w", context.DeadlineExceeded))
	for _, tt := range []struct {
		name    string
		stopped error
		code    int
		want    string
	}{
		{"all well", nil, exitOK, ""},
		{"late", late, exitStopped, "stop: hub: stuck\ndoor: context deadline exceeded"},
		{"stop failed", errors.New("broker: gone"), exitFailed, "stop: broker: gone"},
	} {
		err := verdict(tt.stopped)
		var f *failure
		if code := exitOK; errors.As(err, &f) {
			code = f.code
			if code != tt.code || f.Error() != tt.want {
				t.Errorf("%s: exit %d, %q; want %d, %q", tt.name, code, f, tt.code, tt.want)
			}
		} else if err != nil || code != tt.code {
			t.Errorf("%s: got %v, want exit %d", tt.name, err, tt.code)
		}
	}
}

func TestLogger(t *testing.T) {
	for _, tt := range []struct {
		format, level string
		json          bool
		logged        []slog.Level
	}{
		{"json", "debug", true, []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}},
		{"text", "info", false, []slog.Level{slog.LevelInfo, slog.LevelWarn, slog.LevelError}},
		{"auto", "warn", true, []slog.Level{slog.LevelWarn, slog.LevelError}}, // a buffer is no terminal
		{"auto", "error", true, []slog.Level{slog.LevelError}},
	} {
		var buf bytes.Buffer
		logger := newLogger(&buf, tt.format, tt.level)
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			logger.Log(t.Context(), l, "x", "took", 1500*time.Millisecond)
		}
		lines := strings.Split(strings.TrimSpace(buf.String()), "\n")
		if len(lines) != len(tt.logged) {
			t.Errorf("%s %s: %d lines, want %d", tt.format, tt.level, len(lines), len(tt.logged))
		}
		for i, line := range lines {
			if json.Valid([]byte(line)) != tt.json || !strings.Contains(line, tt.logged[i].String()) ||
				!strings.Contains(line, "1.5s") {
				t.Errorf("%s %s: line %q", tt.format, tt.level, line)
			}
		}
	}
}
