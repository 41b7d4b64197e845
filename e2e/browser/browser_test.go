package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
)

func TestPages(t *testing.T) {
	demo := gateway(t)
	for _, script := range []string{"demo.test.mjs", "mesh.test.mjs", "own-page.test.mjs"} {
		t.Run(strings.TrimSuffix(script, ".test.mjs"), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
			defer cancel()
			out, err := node(ctx, t, demo, "--test", "--test-reporter=spec", script).CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestNodeExample runs the JavaScript SDK's example in Node against a Go SDK client.
func TestNodeExample(t *testing.T) {
	demo := gateway(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	echo := node(ctx, t, demo, "../../pkg/client/js/examples/node-echo.mjs", demo, "lobby")
	stdout, err := echo.StdoutPipe()
	if err == nil {
		err = echo.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "in lobby with 0 others" {
	}
	heard := make(chan client.SignalEvent, 1)
	c, err := client.Connect(ctx, demo, client.Options{Peer: "caller", Handle: func(ev client.Event) {
		if s, ok := ev.(client.SignalEvent); ok {
			heard <- s
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Join(ctx, "lobby", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Signal(ctx, client.Signal{Room: "lobby", Kind: "chat", Data: json.RawMessage(`{"n":[1,2]}`)}); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-heard:
		if s.Kind != "chat" || string(s.Data) != `{"n":[1,2]}` || s.Room != "lobby" {
			t.Errorf("got %+v", s)
		}
	case <-ctx.Done():
		t.Error("no echo came")
	}
	if err := echo.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // what it says of its end
	}
	if err := echo.Wait(); err != nil {
		t.Errorf("the example ended with %v", err)
	}
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
}
