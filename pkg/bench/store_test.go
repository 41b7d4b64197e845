package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

// said runs a server that gives one answer to the command INFO cpu, and returns its address.
func said(t *testing.T, answer string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			command := make([]byte, len("*2\r\n$4\r\nINFO\r\n$3\r\ncpu\r\n"))
			if _, err := io.ReadFull(bufio.NewReader(conn), command); err != nil || !strings.Contains(string(command), "INFO\r\n$3\r\ncpu") {
				t.Errorf("%q, %v", command, err)
			}
			_, _ = io.WriteString(conn, answer) // the other end says what it got
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
	return ln.Addr().String()
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

func TestRedisCPU(t *testing.T) {
	const info = "# CPU\r\nused_cpu_sys:1.5\r\nused_cpu_user:2.25\r\nused_cpu_sys_children:7\r\nused_cpu_user_children:8\r\n"
	for _, tt := range []struct {
		answer string
		want   float64
		err    string
	}{
		{bulk(info), 3.75, ""},
		{"-NOAUTH Authentication required.\r\n", 0, "it answers NOAUTH Authentication required."},
		{bulk("# CPU\r\nused_cpu_sys:1.5\r\n"), 0, "it does not tell its CPU time"},
		{bulk("used_cpu_sys:many\r\nused_cpu_user:1\r\n"), 0, `used_cpu_sys is "many"`},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", 0, "it does not answer as Redis does"},
		{"$-1\r\n", 0, "it does not answer as Redis does"},
		{"$1048577\r\n", 0, "it does not answer as Redis does"},
		{"$5\r\nab", 0, "unexpected EOF"},
		{"", 0, "EOF"},
		{strings.Repeat("x", 1<<16), 0, "buffer full"},
	} {
		addr := said(t, tt.answer)
		got, err := stores{addr}.cpu(t.Context())
		if got != tt.want || (err == nil) != (tt.err == "") {
			t.Errorf("%.40q: %v, %v", tt.answer, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.err) || !strings.HasPrefix(err.Error(), "redis: "+addr+": ")) {
			t.Errorf("%.40q: %v, want %s", tt.answer, err, tt.err)
		}
	}
	one, two := said(t, bulk(info)), said(t, bulk(info))
	if sum, err := (stores{one, two}).cpu(t.Context()); err != nil || sum != 7.5 {
		t.Errorf("two of them: %v, %v", sum, err)
	}
}

// TestRedisThatIsSilent holds that nobody waits for one that does not answer.
func TestRedisThatIsSilent(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (stores{ln.Addr().String()}).cpu(ctx); err == nil {
		t.Error("an answer from nobody")
	}
}

// TestRedisItself holds that a real one is understood, and charged with what it has done in between.
func TestRedisItself(t *testing.T) {
	server := redistest.Start(t)
	s := stores{server.Addr()}
	before, err := s.cpu(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // by the million: its clock has a grain of some milliseconds
		server.Do(t, "EVAL", "local n = 0 for i = 1, 1000000 do n = n + i end return n", 0)
	}
	after, err := s.cpu(t.Context())
	if told := server.CPU(t).Seconds(); err != nil || before <= 0 || after <= before || after > told {
		t.Errorf("%v s before, %v s after, then %v s, %v", before, after, told, err)
	}
}
