package accept

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/dialect/native"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/ice"
	"github.com/aldis-rtc/aldis/pkg/session"
	"github.com/aldis-rtc/aldis/pkg/vet"
)

// rig is a door with all that is behind it.
type rig struct {
	*Door
	t        testing.TB
	handler  *Handler
	sessions *session.Manager
	logs     *logged
	pages    http.HandlerFunc // what the public pages answer: the client's address unless a test sets it
}

// open starts a door; before sets up what a test needs other than usual. When the test ends everything is stopped, and every
// place has to have been given back.
func open(t testing.TB, cfg Config, before func(*rig)) *rig {
	t.Helper()
	return openAt(t, "127.0.0.1:0", cfg, before)
}

func openAt(t testing.TB, address string, cfg Config, before func(*rig)) *rig {
	t.Helper()
	r := &rig{t: t, logs: new(logged)}
	log := slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store := memory.New(broker.Limits{})
	h := hub.New(store)
	gate, reg := vet.New(), prometheus.NewRegistry()
	r.sessions = session.NewManager(session.Config{}.WithDefaults(), session.Deps{Hub: h, Gate: gate,
		ICE: ice.New(ice.Config{}.WithDefaults()), Inbox: 256, Log: log, Registry: reg})
	r.pages = func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, r.client(req).String()) }
	r.handler = NewHandler(Deps{Dialects: []dialect.Dialect{native.Dialect{}}, Gate: gate, Sessions: r.sessions, Log: log,
		Registry: reg, Pages: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.pages(w, req) })})
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.Door, err = NewDoor(address, cfg, r.handler, log, reg); err != nil {
		t.Fatal(err)
	}
	if before != nil {
		before(r)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.sessions.Start(t.Context())
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := errors.Join(r.Stop(ctx), r.sessions.Stop(ctx), store.Close(ctx)); err != nil {
			t.Error(err)
		}
		if r.watchdog.State() != StateClosed || r.Ready(ctx) == nil {
			t.Errorf("stopped, and %s", r.watchdog.State())
		}
		r.empty()
	})
	return r
}

// proven waits until a self-dial has got through.
func (r *rig) proven() {
	r.t.Helper()
	eventually(r.t, 5*time.Second, "a self-dial", func() bool {
		var m dto.Metric
		return r.metrics.selfDial.Write(&m) == nil && m.GetHistogram().GetSampleCount() > 0
	})
}

// empty waits until every place is given back.
func (r *rig) empty() {
	r.t.Helper()
	eventually(r.t, 5*time.Second, "all places given back: "+r.used(), func() bool {
		return r.used() == "places 0, over 0, handshakes 0, addresses 0"
	})
}

func (r *rig) used() string {
	r.addresses.mu.Lock()
	defer r.addresses.mu.Unlock()
	return fmt.Sprintf("places %d, over %d, handshakes %d, addresses %d", r.places.used.Load(), r.overs.used.Load(),
		r.handshakes.used.Load(), len(r.addresses.open))
}

// knock connects over TCP.
func (r *rig) knock() net.Conn {
	r.t.Helper()
	c, err := net.DialTimeout("tcp", r.Addr().String(), 5*time.Second)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// get asks for a page over a connection of its own.
func (r *rig) get(head ...string) (answer, error) { return ask(r.knock(), "/", head...) }

// ask sends one request and reads the answer; 5 s are enough for both.
func ask(c net.Conn, path string, head ...string) (answer, error) {
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: aldis.test"}, head...)
	if _, err := io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		return answer{}, err
	}
	return readAnswer(bufio.NewReader(c))
}

// upgrading are the headers of a WebSocket's opening.
var upgrading = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: aldis.v1"}

// join opens a WebSocket.
func (r *rig) join() *websocket.Conn {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+r.Addr().String()+native.Path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// served waits until the door answers, at its old address.
func (r *rig) served(d time.Duration) time.Duration {
	r.t.Helper()
	return eventually(r.t, d, "a page is served at "+r.Addr().String(), func() bool {
		c, err := net.DialTimeout("tcp", r.Addr().String(), time.Second)
		if err != nil {
			return false
		}
		defer func() { _ = c.Close() }()
		a, err := ask(c, "/")
		return err == nil && a.status == http.StatusOK
	})
}

// ready waits until the door says that it is ready, or that it is not.
func (r *rig) ready(want bool, d time.Duration) time.Duration {
	r.t.Helper()
	return eventually(r.t, d, fmt.Sprintf("ready is %v", want), func() bool { return (r.Ready(r.t.Context()) == nil) == want })
}
