package accept

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// TestPanic: a bug in a request ends its connection, and nothing else: it is logged, with where it is, and counted.
func TestPanic(t *testing.T) {
	for name, tt := range map[string]struct {
		page  http.HandlerFunc
		count int
	}{
		"before an answer": {func(http.ResponseWriter, *http.Request) { panic("a bug") }, 1},
		"an error":         {func(http.ResponseWriter, *http.Request) { panic(errors.New("a bug")) }, 1},
		"in an answer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half an")
			panic("a bug")
		}, 1},
		"having taken the connection over": {func(w http.ResponseWriter, _ *http.Request) {
			if _, _, err := http.NewResponseController(w).Hijack(); err == nil {
				panic("a bug")
			}
		}, 1},
		"on purpose": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, Config{}, func(t *testing.T, r *rig, w *world) {
				page := r.pages
				r.pages = func(w http.ResponseWriter, req *http.Request) {
					if req.URL.Path == "/bug" {
						tt.page(w, req)
					}
					page(w, req)
				}
				bystander := w.session(t, "192.0.2.2:1000")
				for range 3 {
					if a, err := ask(w.connect("192.0.2.1:1000"), "/bug"); err == nil {
						t.Errorf("answered %+v", a)
					}
				}
				if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
					t.Errorf("the next: %+v, %v", a, err)
				}
				synctest.Wait()
				if n := counted(r.metrics.panics); n != 3*tt.count {
					t.Errorf("%d counted", n)
				}
				lines := r.logs.lines("accept: panic")
				if len(lines) != 3*tt.count || tt.count > 0 && (!strings.Contains(lines[0], "a bug") && !strings.Contains(lines[0], "nil map") || !strings.Contains(lines[0], "panic_test.go") || !strings.Contains(lines[0], "192.0.2.1:1000")) {
					t.Errorf("logged %q", lines)
				}
				if r.places.used.Load() != 2 { // the bystander's and the next's
					t.Error(r.used())
				}
				_ = bystander.Close()
			})
		})
	}
}
