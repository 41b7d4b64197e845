package accept

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func mustAddrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// accepting wraps an error as package net does.
func accepting(err error) error {
	return &net.OpError{Op: "accept", Net: "tcp", Addr: memoryAddr, Err: os.NewSyscallError("accept4", err)}
}

// TestEveryError has accept fail in every known way, once, between connections: the server goes on serving, and what
// the loop did is what the class says. Times are those of the loop's own pauses.
func TestEveryError(t *testing.T) {
	type row struct {
		err   error
		class Class
		label string
	}
	rows := []row{
		{accepting(syscall.ECONNREFUSED), ClassListener, "other"}, // accept(2) does not have it
		{accepting(syscall.Errno(4095)), ClassListener, "other"},
		{errors.New("a mystery"), ClassListener, "other"},
		{io.EOF, ClassListener, "other"},
		{&net.OpError{Op: "accept", Err: net.ErrClosed}, ClassListener, "closed"},
		{net.ErrClosed, ClassListener, "closed"},
		{&net.OpError{Op: "accept", Err: os.ErrDeadlineExceeded}, ClassConnection, "temporary"},
	}
	for _, errno := range slices.Sorted(maps.Keys(classes)) {
		rows = append(rows, row{accepting(errno), classes[errno], unix.ErrnoName(errno)},
			row{fmt.Errorf("epoll_ctl: %w", errno), classes[errno], unix.ErrnoName(errno)}, // the registration's
		)
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%s %v", row.label, row.err), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var w *world
				r := open(t, Config{}, func(r *rig) { w = newWorld(r) })
				serves := func() {
					t.Helper()
					if a, err := ask(w.connect("192.0.2.1:1000"), "/"); err != nil || a.status != http.StatusOK {
						t.Fatalf("a connection: %v, %v", a, err)
					}
				}
				serves()
				began := time.Now()
				w.fail(row.err)
				if row.class == ClassResources { // the reserve takes one connection and tells it no
					a, err := readAnswer(bufio.NewReader(w.connect("192.0.2.1:1000")))
					if err != nil || a.status != http.StatusServiceUnavailable || a.code != "overloaded" ||
						a.head.Get("Retry-After") != "5" || a.head.Get("Connection") != "close" {
						t.Errorf("shed: %+v, %v", a, err)
					}
					synctest.Wait()
					if n := counted(r.metrics.sheds.WithLabelValues(reasonDescriptors)); n != 1 {
						t.Errorf("%d counted as shed", n)
					}
				}
				serves()
				took := time.Since(began)
				t.Logf("%s: %s, a connection served after %v", row.class, row.label, took)
				if got := counted(r.metrics.errors.WithLabelValues(string(row.class), row.label)); got != 1 {
					t.Errorf("counted %d times", got)
				}
				if lines := r.logs.lines(`"accept: error"`); len(lines) != 1 || !strings.Contains(lines[0], string(row.class)) {
					t.Errorf("logged %q", lines)
				}
				opened := w.listened()
				switch row.class {
				case ClassListener:
					if len(opened) != 2 || opened[1] != memoryAddr.String() || took > 0 || counted(r.metrics.reopenings) != 1 {
						t.Errorf("listened on %q after %v", opened, took)
					}
				case ClassResources:
					if len(opened) != 1 || took > 0 {
						t.Errorf("listened on %q; went on after %v", opened, took)
					}
				case ClassConnection:
					if len(opened) != 1 || took > 0 {
						t.Errorf("listened on %q; went on after %v", opened, took)
					}
				}
				if lines := r.logs.lines("the server ended"); lines != nil {
					t.Errorf("the server saw an error: %q", lines)
				}
			})
		})
	}
}

func TestClassesAreAll(t *testing.T) {
	for errno, class := range classes {
		if !slices.Contains(Classes, class) || unix.ErrnoName(errno) == "" {
			t.Errorf("%v: class %q", errno, class)
		}
	}
}
