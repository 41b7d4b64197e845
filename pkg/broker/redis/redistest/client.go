package redistest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Bounds of one command.
const (
	dialTimeout = time.Second
	readTimeout = 3 * time.Second
)

// login is how the harness itself enters a server.
type login struct {
	user, password string
	tls            *tls.Config
}

// Try runs one command on a connection of its own and returns the answer in the types of RESP2: nil, string, int64, []any. The
// error is the server's, or says that it did not answer within seconds; nothing is tried twice.
func (s *Server) Try(args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout+readTimeout)
	defer cancel()
	conn, err := s.dial(ctx) // not by the client, which would log each failure
	if err != nil {
		return nil, err
	}
	c := redis.NewClient(&redis.Options{
		Dialer:   func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		Username: s.setup.login.user, Password: s.setup.login.password,
		Protocol: 2, PoolSize: 1, PipelinePoolSize: -1, DisableIdentity: true, ContextTimeoutEnabled: true,
		MaxRetries: -1, DialerRetries: 1, ReadTimeout: readTimeout,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	defer c.Close()
	v, err := c.Do(ctx, args...).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return v, err
}

func (s *Server) dial(ctx context.Context) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	if s.setup.login.tls == nil {
		return d.DialContext(ctx, "tcp", s.Addr())
	}
	return (&tls.Dialer{NetDialer: d, Config: s.setup.login.tls}).DialContext(ctx, "tcp", s.Addr())
}

// Do is Try where an error ends the test.
func (s *Server) Do(t testing.TB, args ...any) any {
	t.Helper()
	v, err := s.Try(args...)
	if err != nil {
		t.Fatalf("redis-server %s: %v: %v", s.Addr(), args[0], err)
	}
	return v
}

// Info returns the fields of one section of INFO: "server", "memory", "replication", …
func (s *Server) Info(t testing.TB, section string) map[string]string {
	t.Helper()
	return fields(s.Do(t, "INFO", section))
}

func (s *Server) tryInfo(section string) (map[string]string, error) {
	v, err := s.Try("INFO", section)
	return fields(v), err
}

// fields reads lines of the form "name:value".
func fields(v any) map[string]string {
	text, _ := v.(string)
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			m[name] = value
		}
	}
	return m
}

// CPU returns what the process has used, user and system, since it was started last.
func (s *Server) CPU(t testing.TB) time.Duration {
	t.Helper()
	info := s.Info(t, "cpu")
	var user, system float64
	if _, err := fmt.Sscan(info["used_cpu_user"]+" "+info["used_cpu_sys"], &user, &system); err != nil {
		t.Fatalf("redis-server %s: INFO cpu: %v", s.Addr(), err)
	}
	return time.Duration((user + system) * float64(time.Second))
}

// Memory returns used_memory, in bytes.
func (s *Server) Memory(t testing.TB) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(s.Info(t, "memory")["used_memory"], &n); err != nil {
		t.Fatalf("redis-server %s: INFO memory: %v", s.Addr(), err)
	}
	return n
}

// Keys returns all keys of database 0, sorted. Those that come or go meanwhile may be missing.
func (s *Server) Keys(t testing.TB) []string {
	t.Helper()
	var keys []string
	for cursor := any("0"); ; {
		page, ok := s.Do(t, "SCAN", cursor, "COUNT", 1000).([]any)
		if !ok || len(page) != 2 {
			t.Fatalf("redis-server %s: SCAN answered %v", s.Addr(), page)
		}
		keys = append(keys, texts(page[1])...)
		if cursor = page[0]; cursor == "0" {
			slices.Sort(keys)
			return slices.Compact(keys) // SCAN may name a key twice
		}
	}
}

// texts returns the strings of an array; other elements as they print.
func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = fmt.Sprint(e)
	}
	return out
}
