package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// startGateway runs a gateway on a free port of the loopback.
func startGateway() (url string, stop func()) {
	g, err := app.New(app.Options{Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", DrainWindow: 200 * time.Millisecond,
		StopTimeout: 5 * time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	if err := g.Start(context.Background()); err != nil {
		panic(err)
	}
	return g.URL(), func() {
		if err := g.Stop(context.Background()); err != nil {
			panic(err)
		}
	}
}

// TestGatewayCuts sends signals and room messages through a real gateway while both sides' sockets are cut below them:
// every one arrives once, in order.
func TestGatewayCuts(t *testing.T) {
	url, stop := startGateway()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	const total = 300
	var cuts cutter
	var mu sync.Mutex
	var got []string
	all := make(chan struct{})
	options := func(peer wire.PeerID, handle func(client.Event)) client.Options {
		return client.Options{Peer: peer, Handle: handle, DialContext: cuts.dial,
			Backoff: client.Backoff{Base: 5 * time.Millisecond, Cap: 20 * time.Millisecond}}
	}
	bob, err := client.Connect(ctx, url, options("bob", func(ev client.Event) {
		if e, ok := ev.(client.SignalEvent); ok {
			mu.Lock()
			defer mu.Unlock()
			if got = append(got, string(e.Data)); len(got) == total {
				close(all)
			}
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	alice, err := client.Connect(ctx, url, options("alice", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client.Client{bob, alice} {
		defer func() {
			if err := c.Close(ctx); err != nil {
				t.Error(err)
			}
			<-c.Done()
		}()
		if _, err := c.Join(ctx, "r", nil); err != nil {
			t.Fatal(err)
		}
	}
	session, n := alice.Session(), bob.N()
	var want []string
	for i := range total {
		data := fmt.Sprintf(`{"i" : %d}`, i)
		want = append(want, data)
		s := client.Signal{To: "bob", Data: []byte(data)}
		if i%3 == 0 {
			s = client.Signal{Room: "r", Data: []byte(data)}
		}
		if i%20 == 7 {
			cuts.cut()
		}
		if _, err := alice.Signal(ctx, s); err != nil {
			t.Fatalf("signal %d: %v", i, err)
		}
	}
	select {
	case <-all:
	case <-ctx.Done():
		t.Error("not all arrived")
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(got, want) {
		t.Errorf("got %d signals: %v", len(got), got)
	}
	if alice.Session() != session || bob.N() != n {
		t.Error("a session was lost to cuts")
	}
	if r, ok := alice.Members("r"); !ok || len(r.Peers) != 1 || r.Peers[0].Peer != "bob" {
		t.Errorf("alice sees %+v", r)
	}
}

// cutter opens connections and cuts all it has opened.
type cutter struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (k *cutter) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err == nil {
		k.mu.Lock()
		k.conns = append(k.conns, c)
		k.mu.Unlock()
	}
	return c, err
}

func (k *cutter) cut() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.conns {
		_ = c.Close()
	}
	k.conns = nil
}
