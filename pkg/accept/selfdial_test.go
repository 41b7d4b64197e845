package accept

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

// TestSelfDial dials doors of every kind, up to an echo. Such a dial is no session and counts as none.
func TestSelfDial(t *testing.T) {
	encryption := encrypted(t, t.TempDir())
	proxying := Config{ProxyFrom: prefixes("127.0.0.0/8", "::1/128")}
	all := encryption
	all.ProxyFrom = proxying.ProxyFrom
	for _, tt := range []struct {
		name, address string
		cfg           Config
	}{
		{"plain", "127.0.0.1:0", Config{}},
		{"TLS", "127.0.0.1:0", encryption},
		{"PROXY", "127.0.0.1:0", proxying},
		{"TLS behind PROXY", "127.0.0.1:0", all},
		{"IPv6", "[::1]:0", Config{}},
		{"IPv6, PROXY", "[::1]:0", proxying},
		{"all addresses", ":0", all},
		{"all of IPv4", "0.0.0.0:0", all},
		{"all of IPv6", "[::]:0", all},
		{"by name", "localhost:0", Config{}},
		{"trusted to forward", "127.0.0.1:0", Config{ForwardedFrom: prefixes("127.0.0.0/8")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := openAt(t, tt.address, tt.cfg, nil)
			r.proven()
			for range 3 {
				if err := r.watchdog.self.dial(t.Context(), 2*time.Second); err != nil {
					t.Fatal(err)
				}
			}
			if n := counted(r.metrics.selfFailed); n != 0 {
				t.Errorf("%d failed", n)
			}
			if up, sessions := counted(r.handler.metrics.upgraded), r.sessions.Connections(); up != 0 || sessions != 0 {
				t.Errorf("counted as %d upgrades, %d sessions", up, sessions)
			}
			r.empty()
			r.watchdog.self.mu.Lock()
			defer r.watchdog.self.mu.Unlock()
			if n := len(r.watchdog.self.inProgress); n > 1 { // the watchdog's own may be under way
				t.Errorf("%d dials in progress", n)
			}
		})
	}
}

// TestSelfDialIsKnown: the secret alone, and the address alone, are nobody.
func TestSelfDialIsKnown(t *testing.T) {
	r := open(t, Config{}, nil)
	secret := r.watchdog.self.secret
	known := r.knock()
	r.watchdog.self.mu.Lock()
	r.watchdog.self.inProgress[known.LocalAddr().String()] = true
	r.watchdog.self.mu.Unlock()
	for name, ask := range map[string]func() (answer, error){
		"right secret, foreign address": func() (answer, error) { return ask(r.knock(), native.Path, selfHeader+": "+secret) },
		"wrong secret, known address": func() (answer, error) {
			return ask(known, native.Path, selfHeader+": "+strings.ToLower(secret))
		},
		"no secret, known address": func() (answer, error) { return ask(known, native.Path) },
		"secret, then another": func() (answer, error) {
			return ask(known, native.Path, selfHeader+": x", selfHeader+": "+secret)
		},
	} {
		if a, err := ask(); err != nil || a.status != http.StatusUpgradeRequired {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	if a, err := ask(r.knock(), native.Path, append(slices.Clone(upgrading), selfHeader+": "+secret)...); err != nil || a.status != http.StatusSwitchingProtocols {
		t.Errorf("a session with the secret: %+v, %v", a, err)
	}
	eventually(t, 5*time.Second, "one upgrade: an ordinary session", func() bool { return counted(r.handler.metrics.upgraded) == 1 })
	if lines := r.logs.lines(secret); len(secret) < 26 || lines != nil {
		t.Errorf("the secret of %d characters is in the log: %q", len(secret), lines)
	}
}

// TestSelfDialOnlyEchoes: who is known gets one echo, however much he asks for, and is not kept.
func TestSelfDialOnlyEchoes(t *testing.T) {
	r := open(t, Config{}, nil)
	self := r.watchdog.self
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	dial := func() *websocket.Conn {
		t.Helper()
		transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
			c := r.knock()
			self.progress(c.LocalAddr().String())
			return c, nil
		}}
		c, _, err := websocket.Dial(ctx, "ws://"+r.Addr().String()+"/anything", &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{selfHeader: {self.secret}}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := dial()
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"hello"}`)); err != nil {
		t.Fatal(err)
	}
	if _, b, err := c.Read(ctx); err != nil || string(b) != `{"type":"hello"}` {
		t.Fatalf("%s, %v", b, err)
	}
	if _, b, err := c.Read(ctx); err == nil {
		t.Errorf("and then %s", b)
	}
	c = dial()
	if err := c.Write(ctx, websocket.MessageText, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, b, err := c.Read(ctx); err == nil {
		t.Errorf("to a long frame: %q", b)
	}
	began := time.Now()
	if _, _, err := dial().Read(ctx); err == nil || time.Since(began) > 2*dialLongest {
		t.Errorf("silence: %v after %v", err, time.Since(began))
	}
	if r.sessions.Connections() != 0 || counted(r.handler.metrics.upgraded) != 0 {
		t.Error("it is a session")
	}
}

// TestCannotDial: what is missing on this side is not the door's fault, and not a failure of the door's metrics.
func TestCannotDial(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL} {
		if !lacks(&net.OpError{Op: "dial", Err: errno}) {
			t.Errorf("%v is a miss", errno)
		}
	}
	for _, err := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, context.DeadlineExceeded, io.EOF, errors.New("no echo")} {
		if lacks(err) {
			t.Errorf("%v is no miss", err)
		}
	}
	for address, want := range map[string][]string{
		"192.0.2.1:80": {"192.0.2.1:80"}, "0.0.0.0:80": {"127.0.0.1:80"}, "[::]:80": {"[::1]:80", "127.0.0.1:80"}, "[::1]:80": {"[::1]:80"},
	} {
		if got := targets(net.TCPAddrFromAddrPort(mustAddrPort(address))); !slices.Equal(got, want) {
			t.Errorf("%s: %q", address, got)
		}
	}
}
