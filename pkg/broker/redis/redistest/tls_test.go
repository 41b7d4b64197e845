package redistest

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// cut stands for an error that is no answer of Redis: the server hangs up, and what of it arrives first is chance.
const cut = "cut"

// enter runs one command as a client with these secrets does.
func enter(t *testing.T, s *TLS, config *tls.Config, password string, args ...any) error {
	t.Helper()
	as := &Server{port: s.port, setup: setup{login: login{user: s.Username, password: password, tls: config}}}
	_, err := as.Try(args...)
	return err
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := StartTLS(t, "~aldis:* &aldis:* +@all -@dangerous")
	config, err := s.clientConfig()
	if err != nil {
		t.Fatal(err)
	}
	byAddress, uncertified, stranger := config.Clone(), config.Clone(), config.Clone()
	byAddress.ServerName = "127.0.0.1"
	uncertified.Certificates = nil
	stranger.RootCAs = nil
	for _, c := range []struct {
		name     string
		config   *tls.Config
		password string
		args     []any
		want     string // the error has it; empty: there is none
	}{
		{"the user", config, s.Password, []any{"SET", "aldis:a", 1}, ""},
		{"by address", byAddress, s.Password, []any{"GET", "aldis:a"}, ""},
		{"another's key", config, s.Password, []any{"GET", "other:a"}, "NOPERM"},
		{"another's command", config, s.Password, []any{"FLUSHALL"}, "NOPERM"},
		{"a wrong password", config, "wrong", []any{"PING"}, "WRONGPASS"},
		{"without certificate", uncertified, s.Password, []any{"PING"}, cut},
		{"without authority", stranger, s.Password, []any{"PING"}, "unknown authority"},
		{"without TLS", nil, s.Password, []any{"PING"}, cut},
	} {
		err := enter(t, s, c.config, c.password, c.args...)
		var answer redis.Error
		ok := err == nil
		switch {
		case c.want == cut:
			ok = err != nil && !errors.As(err, &answer)
		case c.want != "":
			ok = err != nil && strings.Contains(err.Error(), c.want)
		}
		if !ok {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if keys := s.Keys(t); len(keys) != 1 {
		t.Errorf("keys: %q", keys)
	}
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	s := StartTLS(t, "~* &* +@all", "--tls-auth-clients", "no")
	config, err := s.clientConfig()
	if err != nil {
		t.Fatal(err)
	}
	config.Certificates = nil // not demanded here
	open := redis.NewClient(&redis.Options{Addr: s.Addr(), TLSConfig: config, Username: s.Username, Password: s.Password, PoolSize: 1})
	defer open.Close()
	if err := open.Ping(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	old := s.Password
	s.SetPassword(t, "other")
	if err := open.Ping(context.Background()).Err(); err != nil {
		t.Errorf("a connection that was there: %v", err)
	}
	if err := enter(t, s, config, old, "PING"); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("the old password: %v", err)
	}
	if err := enter(t, s, config, "other", "PING"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if text, err := os.ReadFile(s.PasswordFile); string(text) != "other\n" {
		t.Errorf("the file: %q, %v", text, err)
	}
}
