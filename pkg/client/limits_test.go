package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestTooLarge: what the gateway would close the socket for never goes out.
func TestTooLarge(t *testing.T) {
	_, c, s := attached(t, Options{}, "")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, tt := range []struct {
		sig  Signal
		code wire.Code
	}{
		{Signal{To: "bob", Data: []byte(`"` + strings.Repeat("x", 65536) + `"`)}, wire.CodeTooLarge},
		{Signal{To: "bob", Data: []byte("\"\xff\"")}, wire.CodeBadFrame},
		{Signal{To: "bob", Data: []byte("{")}, wire.CodeBadFrame},
		{Signal{}, wire.CodeBadFrame},
		{Signal{To: "b b"}, wire.CodeBadFrame},
		{Signal{Room: "b b"}, wire.CodeBadFrame},
		{Signal{To: "bob", Kind: "a@b"}, wire.CodeBadFrame},
		{Signal{Room: "r", ToN: 3}, wire.CodeBadFrame},
	} {
		_, err := c.Signal(ctx, tt.sig)
		var e *Error
		if !errors.As(err, &e) || e.Code != tt.code {
			t.Errorf("%.40v: %v", tt.sig, err)
		}
	}
	go func() { _, _ = c.Signal(context.Background(), Signal{To: "bob"}) }()
	if m := s.want("signal"); m["to"] != "bob" {
		t.Fatal(m)
	}
}

// TestManyCallers: ids are in order on the wire and within the window, and each caller gets its own answer.
func TestManyCallers(t *testing.T) {
	_, c, s := attached(t, Options{}, "")
	const callers, each = 64, 25
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for k := range each {
				a, err := c.Signal(context.Background(), Signal{To: wire.PeerID(fmt.Sprintf("p%d", i)), Data: fmt.Appendf(nil, "%d", k)})
				if err != nil || a.Status != fmt.Sprintf("p%d-%d", i, k) {
					t.Errorf("caller %d: %+v %v", i, a, err)
				}
			}
		})
	}
	var last float64
	var open []map[string]any
	take := func(m map[string]any) {
		id := m["id"].(float64)
		if id <= last {
			t.Fatalf("id %v after %v", id, last)
		}
		last = id
		open = append(open, m)
		if lowest := open[0]["id"].(float64); last-lowest >= wire.Span || len(open) > wire.Window {
			t.Fatalf("id %v with %d unanswered from %v", last, len(open), lowest)
		}
	}
	for got := 0; got < callers*each || len(open) > 0; {
		if len(open) == 0 {
			take(s.want("signal"))
			got++
			continue
		}
		select {
		case b := <-s.frames:
			var m map[string]any
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			take(m)
			got++
		case <-time.After(2 * time.Millisecond):
			// The client waits: it has its answers late and in the wrong order, the lowest id last.
			for k := len(open) - 1; k >= 0; k -= 2 {
				m := open[k]
				s.send(fmt.Sprintf(`{"type":"ack","id":%v,"status":"%v-%v"}`, m["id"], m["to"], m["data"]))
				open = append(open[:k], open[k+1:]...)
			}
		}
	}
	wg.Wait()
}

// TestBusy bounds the calls that wait.
func TestBusy(t *testing.T) {
	_, c, s := attached(t, Options{}, "")
	fill := func(n int) {
		for range n {
			if err := c.submit(sig("bob")); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill(wire.Window)
	for range wire.Window {
		s.want("signal")
	}
	fill(MaxWaiting - 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 2 { // a caller that gave up leaves its place
		if _, err := c.Signal(ctx, Signal{To: "bob"}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	fill(1)
	if _, err := c.Signal(ctx, Signal{To: "bob"}); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
}
