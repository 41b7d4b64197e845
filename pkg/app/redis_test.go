package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/broker/redis"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// patience bounds each wait for what a gateway notices by itself.
const patience = 20 * time.Second

// await asks for a page until it has a status and holds a text.
func await(t *testing.T, url string, status int, holds string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got, body := get(t, url)
		if got == status && strings.Contains(body, holds) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: still %d %q; want %d and %q", url, got, body, status, holds)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// over are the options of a gateway over a Redis.
func over(server *redistest.Server) app.Options {
	return app.Options{Broker: app.BrokerRedis, Redis: redis.Options{Addresses: []string{server.Addr()}}}
}

// TestRedisAway takes the store away and gives it back, under gateways of both opinions.
func TestRedisAway(t *testing.T) {
	server := redistest.Start(t)
	tolerant, _ := start(t, over(server))
	o := over(server)
	o.ReadyWithoutBroker = new(false)
	strict, _ := start(t, o)
	one, two := "http://"+tolerant.OpsAddr().String(), "http://"+strict.OpsAddr().String()
	for _, ops := range []string{one, two} {
		await(t, ops+"/readyz?verbose", http.StatusOK, "[+]broker ok\n")
		await(t, ops+"/metrics", http.StatusOK, `aldis_health_check_ok{check="broker",probe="ready"} 1`)
	}
	if _, metrics := get(t, one+"/metrics"); strings.Contains(metrics, "aldis_store_sessions") {
		t.Error("sessions that are kept in Redis are said to be kept in this process")
	}
	server.Kill()
	await(t, one+"/readyz", http.StatusOK, "broker: degraded: ")
	await(t, one+"/readyz?verbose", http.StatusOK, "[!]broker: degraded: ")
	await(t, two+"/readyz", http.StatusServiceUnavailable, "not ready: broker\n")
	for _, ops := range []string{one, two} {
		await(t, ops+"/livez", http.StatusOK, "ok\n")
		await(t, ops+"/metrics", http.StatusOK, `aldis_health_check_ok{check="broker",probe="ready"} 0`)
	}
	server.Restart(t, true)
	for _, ops := range []string{one, two} {
		await(t, ops+"/readyz?verbose", http.StatusOK, "[+]broker ok\n")
	}
}

// TestTwoGateways sends a signal from a peer of one to a peer of the other.
func TestTwoGateways(t *testing.T) {
	server := redistest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	came := make(chan client.SignalEvent, 1)
	connect := func(peer wire.PeerID, handle func(client.Event)) *client.Client {
		a, _ := start(t, over(server))
		c, err := client.Connect(ctx, a.URL(), client.Options{Peer: peer, Handle: handle})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Close(context.Background()) // the gateway ends what does not hear it
			<-c.Done()
		})
		return c
	}
	connect("bob", func(ev client.Event) {
		if s, ok := ev.(client.SignalEvent); ok {
			came <- s
		}
	})
	alice := connect("alice", nil)
	if _, err := alice.Signal(ctx, client.Signal{To: "bob", Kind: "offer", Data: []byte(`{"sdp":"v=0"}`)}); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-came:
		if s.From != "alice" || string(s.Data) != `{"sdp":"v=0"}` {
			t.Errorf("%+v", s)
		}
	case <-ctx.Done():
		t.Fatal("it did not come")
	}
}

// TestRedisThatCannotBe holds that a gateway which cannot use its broker does not start, and leaves nothing behind.
func TestRedisThatCannotBe(t *testing.T) {
	evicting := redistest.Start(t, "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
	for _, o := range []app.Options{
		{Redis: redis.Options{Addresses: []string{"127.0.0.1:1"}}},
		over(evicting),
	} {
		o.Broker, o.Listen, o.OpsListen, o.Logger = app.BrokerRedis, "127.0.0.1:0", "127.0.0.1:0", slog.New(slog.DiscardHandler)
		a, err := app.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err = a.Start(t.Context()); !errors.Is(err, app.ErrBroker) {
			t.Errorf("%v: %v", o.Redis.Addresses, err)
		}
		if err = a.Stop(t.Context()); err != nil {
			t.Errorf("%v: stop: %v", o.Redis.Addresses, err)
		}
	}
	if _, err := app.New(app.Options{Broker: app.BrokerRedis, Redis: redis.Options{Mode: "ring"}}); err == nil ||
		!strings.HasPrefix(err.Error(), "redis-mode: ") {
		t.Errorf("%v", err)
	}
}
