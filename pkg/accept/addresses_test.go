package accept

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

// TestAddressBound: one subscriber, which for IPv6 is a /64, has so many connections and no more; this machine's own
// do not count.
func TestAddressBound(t *testing.T) {
	for _, tt := range []struct {
		full, same, other string // addresses; same "": without bound
	}{
		{"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		{"2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"},
		{"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"},
		{"127.0.0.1", "", "127.0.0.2"},
		{"::1", "", "::1"},
		{memoryAddr.IP.String(), "", "127.0.0.2"},
	} {
		t.Run(tt.full, func(t *testing.T) {
			inMemory(t, Config{AddressConnections: 2}, func(t *testing.T, r *rig, w *world) {
				from := func(ip string, port int) string {
					return netip.AddrPortFrom(netip.MustParseAddr(ip), uint16(port)).String()
				}
				first := w.connect(from(tt.full, 1))
				w.connect(from(tt.full, 2))
				if tt.same == "" {
					for i := range 5 {
						if a, err := ask(w.connect(from(tt.full, 3+i)), "/"); err != nil || a.status != http.StatusOK {
							t.Fatalf("%+v, %v", a, err)
						}
					}
					return
				}
				if _, err := w.connect(from(tt.same, 3)).Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("one too many: %v", err)
				}
				if n := counted(r.metrics.sheds.WithLabelValues(reasonAddress)); n != 1 {
					t.Errorf("%d counted", n)
				}
				if a, err := ask(w.connect(from(tt.other, 1)), "/"); err != nil || a.status != http.StatusOK {
					t.Errorf("somebody else: %+v, %v", a, err)
				}
				_ = first.Close()
				synctest.Wait()
				if a, err := ask(w.connect(from(tt.same, 3)), "/"); err != nil || a.status != http.StatusOK {
					t.Errorf("in the place of who left: %+v, %v", a, err)
				}
			})
		})
	}
}

// TestRate: requests for a session have a rate, two seconds' worth of which may come at once. Pages are not in it.
func TestRate(t *testing.T) {
	inMemory(t, Config{HandshakesPerSecond: 2}, func(t *testing.T, r *rig, w *world) {
		status := func(want int, path string, head ...string) answer {
			t.Helper()
			a, err := ask(w.connect("192.0.2.1:1000"), path, head...)
			if err != nil || a.status != want {
				t.Fatalf("%+v, %v", a, err)
			}
			return a
		}
		for range 4 {
			status(http.StatusSwitchingProtocols, native.Path, upgrading...)
		}
		if a := status(http.StatusServiceUnavailable, native.Path, upgrading...); a.code != "overloaded" || a.head.Get("Retry-After") != "2" {
			t.Errorf("%+v", a)
		}
		status(http.StatusServiceUnavailable, native.Path)
		status(http.StatusOK, "/")
		if n := counted(r.handler.metrics.refusals.WithLabelValues("overloaded")); n != 2 {
			t.Errorf("%d counted", n)
		}
		time.Sleep(500 * time.Millisecond)
		status(http.StatusSwitchingProtocols, native.Path, upgrading...)
		status(http.StatusServiceUnavailable, native.Path, upgrading...)
	})
}

// TestSampled: a storm leaves a few lines a second, and then how many were left out.
func TestSampled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sampled
		told, lines := int64(0), 0
		for second := range 3 {
			for range 1000 {
				if left, ok := s.allow(); ok {
					told += left
					lines++
				}
			}
			if want := int64(second) * (1000 - linesPerSecond); lines != (second+1)*linesPerSecond || told != want {
				t.Errorf("after %d s %d lines, %d told to be left out, not %d", second, lines, told, want)
			}
			time.Sleep(time.Second)
		}
	})
	inMemory(t, Config{AddressConnections: 1}, func(t *testing.T, r *rig, w *world) {
		w.connect("192.0.2.1:1000")
		for range 1000 {
			_ = w.connect("192.0.2.1:1000").Close()
		}
		time.Sleep(time.Second)
		_ = w.connect("192.0.2.1:1000").Close()
		synctest.Wait()
		lines := r.logs.lines("connection shed")
		want := fmt.Sprintf(`"left_out":%d}`, 1000-linesPerSecond)
		if last := lines[len(lines)-1]; len(lines) != linesPerSecond+1 || last[len(last)-len(want)-1:len(last)-1] != want {
			t.Errorf("%d lines, the last %s", len(lines), last)
		}
	})
}
