package bench

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

func TestDescriptors(t *testing.T) {
	if err := enoughDescriptors(872, 1000, true); err != nil {
		t.Error(err)
	}
	if err := enoughDescriptors(1<<30, 0, false); err != nil {
		t.Error(err)
	}
	err := enoughDescriptors(873, 1000, true)
	if err == nil {
		t.Fatal("873 sockets in 1000 descriptors")
	}
	for _, want := range []string{"RLIMIT_NOFILE is 1000", `"ulimit -n 1001"`, "at most 872"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
	if limit, known := descriptorLimit(); !known || limit == 0 {
		t.Errorf("limit %d, %v", limit, known)
	}
}

func TestDialFrom(t *testing.T) {
	for _, c := range []struct {
		url   string
		ports int
		own   bool
		fails bool
	}{
		{"ws://127.0.0.1:8080", portsPerAddress, false, false},
		{"ws://127.0.0.1:8080", portsPerAddress + 1, true, false},
		{"ws://localhost:8080/v1/connect", 3 * portsPerAddress, true, false},
		{"ws://127.0.0.1:8080", 251 * portsPerAddress, false, true},
		{"wss://gateway.example.org", portsPerAddress, false, false},
		{"wss://gateway.example.org", portsPerAddress + 1, false, true},
		{"ws://[::1]:8080", portsPerAddress + 1, false, true},
	} {
		dial, err := dialFrom(c.url, c.ports)
		if (dial != nil) != c.own || (err != nil) != c.fails {
			t.Errorf("%s, %d: own %v, %v", c.url, c.ports, dial != nil, err)
		}
	}
}

// TestDialFromSeveral holds that a gateway sees several addresses, in turn.
func TestDialFromSeveral(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	dial, err := dialFrom("ws://"+ln.Addr().String(), 2*portsPerAddress+1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"} {
		out, err := dial(t.Context(), "tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		in, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := net.SplitHostPort(in.RemoteAddr().String()); got != want {
			t.Errorf("from %s, want %s", got, want)
		}
		_, _ = in.Close(), out.Close()
	}
}

func TestPace(t *testing.T) {
	for _, c := range []struct {
		rate, limit float64
		every       time.Duration
		limited     bool
		fails       bool
	}{
		{0, 1e6, 0, false, false},
		{0, 0, 0, false, false},
		{0, 50, time.Second / 45, true, false},
		{10, 50, time.Second / 10, false, false},
		{47, 50, time.Second / 47, false, false},
		{48, 50, 0, false, true},
		{1000, 0, time.Millisecond, false, false},
	} {
		every, limited, err := pace(c.rate, c.limit)
		if every != c.every || limited != c.limited || (err != nil) != c.fails {
			t.Errorf("%v of %v: %v %v %v", c.rate, c.limit, every, limited, err)
		}
	}
}

func TestCountsAreBounded(t *testing.T) {
	var c counts
	for i := range 100 {
		c.add(strings.Repeat("x", i))
		c.add("known")
	}
	by, sum := c.read()
	if sum != 200 || len(by) != maxNames+1 || by["known"] != 100 || by["other"] != 100-(maxNames-1) {
		t.Errorf("%d names, sum %d: %v", len(by), sum, by)
	}
}

func TestLastOnes(t *testing.T) {
	m := &meter{begin: time.Now()}
	m.start()
	l := &lastOnes{meter: m, left: map[int64]int{}}
	at := m.now()
	l.begin(1, 3)
	l.one(1, at)
	l.one(1, at)
	if m.last.Count() != 0 {
		t.Error("it was not the last")
	}
	l.one(1, at)
	l.one(1, at) // the run has forgotten it
	l.begin(2, 1)
	l.drop(2)
	l.one(2, at)
	if m.last.Count() != 1 || len(l.left) != 0 {
		t.Errorf("%d recorded, %d left", m.last.Count(), len(l.left))
	}
	for i := range int64(2 * maxLeft) {
		l.begin(i, 1)
	}
	if len(l.left) != maxLeft {
		t.Errorf("%d are kept", len(l.left))
	}
}

func TestMeterCountsTheMeasuredTimeOnly(t *testing.T) {
	m := &meter{begin: time.Now()}
	early := m.now()
	m.start()
	in := m.now()
	if m.within(early) || !m.within(in) {
		t.Error("the measured time has no beginning")
	}
	m.stop()
	if late := m.now(); m.within(late+1) || !m.within(in) || m.measured() <= 0 {
		t.Errorf("the measured time has no end: %v", m.measured())
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if !pause(ctx, 0) {
		t.Error("no pause at all is not an end")
	}
	cancel()
	if pause(ctx, time.Hour) || pause(ctx, 0) {
		t.Error("it does not tell that ctx has ended")
	}
}
