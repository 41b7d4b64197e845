package redistest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	t.Parallel()
	s := Start(t, "--hz", "50", "--databases", "3")
	for name, want := range map[string]string{
		"save": "", "appendonly": "no", "maxmemory-policy": "noeviction", "bind": "127.0.0.1", "hz": "50", "databases": "3",
	} {
		if got := texts(s.Do(t, "CONFIG", "GET", name)); !slices.Equal(got, []string{name, want}) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var want []string
	for i := range 2500 { // more than one page of SCAN
		want = append(want, fmt.Sprintf("k%04d", i))
		s.Do(t, "SET", want[i], strings.Repeat("x", 100))
	}
	if got := s.Keys(t); !slices.Equal(got, want) {
		t.Errorf("%d keys, want %d", len(got), len(want))
	}
	if n := s.Memory(t); n < 250_000 || n > 100_000_000 {
		t.Errorf("%d bytes for 2,500 keys of 100", n)
	}
	before := s.CPU(t)
	s.Do(t, "DEBUG", "RELOAD")
	if after := s.CPU(t); before <= 0 || after <= before {
		t.Errorf("CPU %v, later %v", before, after)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	s := Start(t)
	for _, c := range []struct {
		args []any
		want any
	}{
		{[]any{"RPUSH", "l", "a", 2, []byte("c")}, int64(3)},
		{[]any{"LRANGE", "l", 0, -1}, []any{"a", "2", "c"}},
		{[]any{"GET", "nothing"}, nil},
		{[]any{"SET", "s", ""}, "OK"},
		{[]any{"GET", "s"}, ""},
		{[]any{"EVAL", "return {1,{redis.call('GET','s')},false}", 0}, []any{int64(1), []any{""}, nil}},
	} {
		if got := s.Do(t, c.args...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %#v, want %#v", c.args, got, c.want)
		}
	}
	if _, err := s.Try("LPUSH", "s", 1); err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") {
		t.Errorf("the server's error: %v", err)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config []string
		empty  bool
		want   any
	}{
		{"forgets without persistence", nil, false, nil},
		{"keeps its data", []string{"--appendonly", "yes"}, false, "1"},
		{"loses its data", []string{"--appendonly", "yes"}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, c.config...)
			s.Do(t, "SET", "a", 1)
			addr, id := s.Addr(), s.Info(t, "server")["run_id"]
			s.Kill()
			s.Kill() // once more changes nothing
			if _, err := s.Try("PING"); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("killed: %v", err)
			}
			s.Restart(t, c.empty)
			if s.Addr() != addr || s.Info(t, "server")["run_id"] == id {
				t.Errorf("at %s, before at %s, or the same process", s.Addr(), addr)
			}
			if got := s.Do(t, "GET", "a"); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	s := Start(t)
	s.Do(t, "SET", "a", 1)
	s.Freeze()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatalf("the kernel takes connections all the same: %v", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET a\r\n")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := conn.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("frozen it answers %q, %v", buf[:n], err)
	}
	s.Thaw()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := conn.Read(buf); err != nil || string(buf[:n]) != "$1\r\n1\r\n" {
		t.Fatalf("thawed it answers %q, %v", buf[:n], err)
	}
	s.Freeze()
	s.Kill()
	s.Restart(t, false)
	s.Do(t, "PING")
}
