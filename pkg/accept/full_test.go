package accept

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

// inMemory runs a test on a door in memory, on synctest's clock.
func inMemory(t *testing.T, cfg Config, f func(*testing.T, *rig, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var w *world
		r := open(t, cfg, func(r *rig) { w = newWorld(r) })
		f(t, r, w)
	})
}

// session opens a WebSocket in memory and returns its connection.
func (w *world) session(t *testing.T, from string) net.Conn {
	t.Helper()
	c := w.connect(from)
	if a, err := ask(c, native.Path, upgrading...); err != nil || a.status != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", a, err)
	}
	return c
}

// told checks that an answer is the one of a full gateway.
func told(t *testing.T, a answer, err error) {
	t.Helper()
	if err != nil || a.status != http.StatusServiceUnavailable || a.code != "overloaded" || a.head.Get("Retry-After") != "5" ||
		a.head.Get("Connection") != "close" || a.head.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestFull: above the bound connections are told no, above the places for that they are reset, and the door stays ready. The places
// come back with the connections' ends.
func TestFull(t *testing.T) {
	inMemory(t, Config{Connections: smallest}, func(t *testing.T, r *rig, w *world) {
		var sessions []net.Conn
		for range smallest {
			sessions = append(sessions, w.session(t, "192.0.2.1:1000"))
		}
		for _, path := range []string{"/", native.Path} {
			a, err := ask(w.connect("192.0.2.2:1000"), path)
			told(t, a, err)
			a, err = ask(w.connect("192.0.2.2:1000"), path, upgrading...)
			told(t, a, err)
		}
		time.Sleep(2 * glanceEvery)
		if state := r.watchdog.State(); state != StateShedding || r.Ready(t.Context()) != nil {
			t.Errorf("full, and %s: %v", state, r.Ready(t.Context()))
		}
		var overs []net.Conn
		for range shedPlaces {
			overs = append(overs, w.connect("192.0.2.3:1000"))
		}
		for range 10 {
			if _, err := w.connect("192.0.2.4:1000").Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("above all places: %v", err)
			}
		}
		if n := counted(r.metrics.sheds.WithLabelValues(reasonCrowded)); n != 10 {
			t.Errorf("%d counted as shed", n)
		}
		if lines := r.logs.lines("connection shed"); len(lines) != linesPerSecond || !strings.Contains(lines[0], "192.0.2.4:1000") {
			t.Errorf("logged %q", lines)
		}
		a, err := ask(overs[0], "/")
		told(t, a, err)
		began := time.Now()
		for _, c := range overs[1:] { // they say nothing
			if _, err := c.Read(make([]byte, 1)); err == nil || time.Since(began) > overTimeout {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}
		_ = sessions[0].Close()
		synctest.Wait()
		sessions[0] = w.session(t, "192.0.2.5:1000")
		for _, c := range sessions {
			_ = c.Close()
		}
		synctest.Wait()
		if used := r.used(); used != "places 0, over 0, handshakes 0, addresses 0" {
			t.Error(used)
		}
		time.Sleep(2 * dialEvery)
		if state := r.watchdog.State(); state != StateOpen {
			t.Errorf("empty, and %s", state)
		}
	})
}

// TestFullAndDialed has the watchdog's own dials refused because the door is full: that it is dialed in vain proves nothing then,
// as long as the loop takes connections.
func TestFullAndDialed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w, s := scripted(t)
		r.places.limit = 1
		w.session(t, "192.0.2.1:1000")
		s.set(func(int) (time.Duration, error) {
			_, _ = ask(w.connect("192.0.2.1:1000"), "/")
			return 0, io.ErrUnexpectedEOF
		})
		for range 40 { // its hello may take 5 s
			time.Sleep(100 * time.Millisecond)
			if err := r.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if state := r.watchdog.State(); state != StateShedding {
			t.Error(state)
		}
		s.always(io.ErrUnexpectedEOF) // and now it takes none
		r.ready(false, 3*time.Second)
		s.always(nil)
		r.ready(true, time.Second)
	})
}

// TestHandshakes: who is on the way to a session has a place of its own, which the session does not need.
func TestHandshakes(t *testing.T) {
	inMemory(t, Config{Handshakes: 2}, func(t *testing.T, r *rig, w *world) {
		first, second := w.connect("192.0.2.1:1000"), w.connect("192.0.2.1:1000")
		a, err := ask(w.connect("192.0.2.1:1000"), "/")
		told(t, a, err)
		time.Sleep(2 * glanceEvery)
		if state := r.watchdog.State(); state != StateShedding || r.Ready(t.Context()) != nil {
			t.Errorf("%s: %v", state, r.Ready(t.Context()))
		}
		if a, err := ask(first, native.Path, upgrading...); err != nil || a.status != http.StatusSwitchingProtocols {
			t.Fatalf("%+v, %v", a, err)
		}
		synctest.Wait() // the answer is sent before the place is given back
		third := w.connect("192.0.2.1:1000")
		for _, c := range []net.Conn{second, third} {
			if a, err := ask(c, "/"); err != nil || a.status != http.StatusOK {
				t.Errorf("%+v, %v", a, err)
			}
			_ = c.Close()
		}
		synctest.Wait()
		if used := r.used(); used != "places 1, over 0, handshakes 0, addresses 1" {
			t.Error(used)
		}
	})
}

// TestPlacesComeBack ends connections in every way.
func TestPlacesComeBack(t *testing.T) {
	for name, use := range map[string]func(*testing.T, *rig, *world){
		"gone at once":  func(t *testing.T, _ *rig, w *world) { _ = w.connect("192.0.2.1:1000").Close() },
		"silent":        func(t *testing.T, _ *rig, w *world) { w.connect("192.0.2.1:1000"); time.Sleep(time.Minute) },
		"session":       func(t *testing.T, _ *rig, w *world) { _ = w.session(t, "192.0.2.1:1000").Close() },
		"session, mute": func(t *testing.T, _ *rig, w *world) { go drain(w.session(t, "192.0.2.1:1000")); time.Sleep(time.Hour) },
		"keep-alive": func(t *testing.T, _ *rig, w *world) {
			c := w.connect("192.0.2.1:1000")
			for range 3 {
				if a, err := ask(c, "/"); err != nil || a.status != http.StatusOK {
					t.Fatalf("%+v, %v", a, err)
				}
			}
			time.Sleep(time.Minute)
		},
		"no HTTP": func(t *testing.T, _ *rig, w *world) {
			c := w.connect("192.0.2.1:1000")
			go drain(c)
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH\r\n\r\n")
			time.Sleep(time.Minute)
		},
		"refused": func(t *testing.T, _ *rig, w *world) {
			if a, err := ask(w.connect("192.0.2.1:1000"), native.Path); err != nil || a.status != http.StatusUpgradeRequired {
				t.Fatalf("%+v, %v", a, err)
			}
			time.Sleep(time.Minute)
		},
		"PROXY garbage": func(t *testing.T, _ *rig, w *world) {
			c := w.connect("10.0.0.1:1000")
			go drain(c)
			_, _ = io.WriteString(c, "PROXY garbage\r\n")
			time.Sleep(time.Minute)
		},
		"gone while the panic": func(t *testing.T, r *rig, w *world) {
			r.pages = func(http.ResponseWriter, *http.Request) { panic("a bug") }
			_, _ = ask(w.connect("192.0.2.1:1000"), "/")
		},
		"taken over, then a panic": func(t *testing.T, r *rig, w *world) {
			r.pages = func(w http.ResponseWriter, _ *http.Request) {
				if _, _, err := http.NewResponseController(w).Hijack(); err != nil {
					panic(err)
				}
				panic("a bug")
			}
			_, _ = ask(w.connect("192.0.2.1:1000"), "/")
		},
		"counted while closing": func(t *testing.T, r *rig, w *world) {
			r.pages = func(_ http.ResponseWriter, req *http.Request) {
				c := connOf(req)
				_ = c.Close()
				c.count(network(mustAddrPort("192.0.2.7:1").Addr()))
			}
			_, _ = ask(w.connect("192.0.2.1:1000"), "/")
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{ProxyFrom: prefixes("10.0.0.0/8")}
			inMemory(t, cfg, func(t *testing.T, r *rig, w *world) {
				for range 3 {
					use(t, r, w)
				}
				synctest.Wait()
				if used := r.used(); used != "places 0, over 0, handshakes 0, addresses 0" {
					t.Error(used)
				}
			})
		})
	}
}

func drain(c net.Conn) { _, _ = io.Copy(io.Discard, bufio.NewReader(c)) }

// pass lets the clock of a test in memory go on by d.
func pass(d time.Duration) { time.Sleep(d) }
