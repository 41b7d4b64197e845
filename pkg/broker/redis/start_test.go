package redis

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// refusedStart starts a broker that cannot be, within limit, and returns what it says.
func refusedStart(t *testing.T, o Options, limit time.Duration) string {
	t.Helper()
	b := newPod(t, o, broker.Limits{})
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	err := b.Start(ctx, newSink())
	if d := time.Since(began); d > limit+time.Second {
		t.Errorf("Start returns after %v, not within %v", d, limit)
	}
	if closing := b.Close(t.Context()); closing != nil {
		t.Errorf("Close: %v", closing)
	}
	if err == nil {
		t.Fatal("it starts")
	}
	return err.Error()
}

// says fails unless an error names all of these.
func says(t *testing.T, got string, words ...string) {
	t.Helper()
	t.Log(got)
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("%q does not say %q", got, w)
		}
	}
}

func TestStartRefused(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Run("nothing listens", func(t *testing.T) {
		down := redistest.Start(t)
		down.Kill()
		says(t, refusedStart(t, Options{Addresses: []string{down.Addr()}}, time.Second), "redis-addresses", down.Addr(), "refused")
	})
	t.Run("nothing answers", func(t *testing.T) {
		frozen := redistest.Start(t)
		frozen.Freeze()
		for _, mode := range Modes[:2] {
			says(t, refusedStart(t, Options{Addresses: []string{frozen.Addr()}, Mode: mode}, 2*time.Second), frozen.Addr())
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		locked := redistest.Start(t)
		locked.Do(t, "CONFIG", "SET", "requirepass", "right")
		o := Options{Addresses: []string{locked.Addr()}, PasswordFile: file("a secret that is wrong")}
		for _, mode := range Modes[:2] {
			o.Mode = mode
			got := refusedStart(t, o, patience)
			says(t, got, "redis-password-file")
			if strings.Contains(got, "a secret") {
				t.Error("the password is told")
			}
		}
		o.PasswordFile = ""
		says(t, refusedStart(t, o, patience), "redis-password-file")
		o.PasswordFile = file("right\n")
		b := startPod(t, o, broker.Limits{})
		b.attach(t, "a", time.Minute)
	})
	t.Run("no password file", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "missing")
		says(t, refusedStart(t, Options{Addresses: []string{s.Addr()}, PasswordFile: missing}, patience), "redis-password-file", missing)
		says(t, refusedStart(t, Options{
			Addresses: []string{s.Addr()}, SentinelMaster: "m", SentinelPasswordFile: missing,
		}, patience), "redis-sentinel-password-file", missing)
	})
	t.Run("eviction", func(t *testing.T) {
		evicts := redistest.Start(t, "--maxmemory-policy", "allkeys-lru")
		says(t, refusedStart(t, Options{Addresses: []string{evicts.Addr()}}, patience), "maxmemory-policy", "allkeys-lru", "noeviction")
	})
	t.Run("a Cluster's node", func(t *testing.T) {
		node := redistest.Start(t, "--cluster-enabled", "yes")
		says(t, refusedStart(t, Options{Addresses: []string{node.Addr()}, Mode: ModeStandalone}, patience), "redis-mode", "Cluster")
	})
	t.Run("no Cluster", func(t *testing.T) {
		says(t, refusedStart(t, Options{Addresses: []string{s.Addr()}, Mode: ModeCluster}, patience), "redis-mode", "cluster")
	})
	t.Run("no Sentinel", func(t *testing.T) {
		says(t, refusedStart(t, Options{Addresses: []string{s.Addr()}, SentinelMaster: "m"}, 3*time.Second), "redis-sentinel-master", `"m"`)
	})
	t.Run("several addresses", func(t *testing.T) {
		says(t, refusedStart(t, Options{Addresses: []string{s.Addr(), s.Addr()}}, patience), "redis-addresses", "redis-sentinel-master", "Cluster")
	})
	t.Run("no database", func(t *testing.T) {
		says(t, refusedStart(t, Options{Addresses: []string{s.Addr()}, DB: 99}, patience), "redis-db")
	})
	t.Run("too old", func(t *testing.T) {
		says(t, refusedStart(t, Options{Addresses: []string{announce(t, "6.2.14")}}, patience), "6.2.14", "7.0")
	})
	t.Run("TLS", func(t *testing.T) {
		const all = "~* &* +@all"
		right, other := redistest.StartTLS(t, all), redistest.StartTLS(t, all)
		o := Options{
			Addresses: []string{"rediss://" + right.Addr()}, TLSCA: right.CA, TLSCert: right.Cert, TLSKey: right.Key,
			Username: right.Username, PasswordFile: right.PasswordFile,
		}
		wrong := o
		wrong.TLSCA = other.CA
		says(t, refusedStart(t, wrong, 2*time.Second), "redis-tls-ca", "certificate")
		wrong = o
		wrong.TLSCA = right.PasswordFile
		says(t, refusedStart(t, wrong, patience), "redis-tls-ca", "PEM")
		wrong = o
		wrong.TLSServerName = "another.test"
		says(t, refusedStart(t, wrong, 2*time.Second), "redis-tls-server-name", "another.test")
		wrong = o
		wrong.TLSKey = other.Key
		says(t, refusedStart(t, wrong, patience), "redis-tls-key")
		wrong = o
		wrong.Addresses = []string{right.Addr()} // without TLS
		says(t, refusedStart(t, wrong, 2*time.Second), right.Addr())
		startPod(t, o, broker.Limits{}).attach(t, "a", time.Minute)
	})
}

// announce is a server that says of itself which version it is, and returns its address.
func announce(t *testing.T, version string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	text := "# Server\r\nredis_version:" + version + "\r\ncluster_enabled:0\r\nmaxmemory_policy:noeviction\r\n"
	var tasks sync.WaitGroup
	tasks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tasks.Go(func() {
				defer c.Close()
				for r := bufio.NewReader(c); ; {
					request, err := readRequest(r)
					if err != nil {
						return
					}
					if strings.EqualFold(request[0], "info") {
						fmt.Fprintf(c, "$%d\r\n%s\r\n", len(text), text)
					} else {
						fmt.Fprintf(c, "-ERR unknown command\r\n")
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		tasks.Wait()
	})
	return l.Addr().String()
}

// readRequest reads one request: an array of bulk strings (RESP).
func readRequest(r *bufio.Reader) (words []string, err error) {
	var n, size int
	if _, err = fmt.Fscanf(r, "*%d\r\n", &n); err != nil || n < 1 {
		return nil, io.ErrUnexpectedEOF
	}
	for range n {
		if _, err = fmt.Fscanf(r, "$%d\r\n", &size); err != nil {
			return nil, err
		}
		word := make([]byte, size+2)
		if _, err = io.ReadFull(r, word); err != nil {
			return nil, err
		}
		words = append(words, string(word[:size]))
	}
	return words, nil
}
