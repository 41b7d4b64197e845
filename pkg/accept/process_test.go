package accept

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childVariable is set in the process that a test of descriptors starts: itself, again, as the gateway.
const childVariable = "ALDIS_TEST_DOOR"

// report is what the gateway's process says of itself.
type report struct {
	Address                 string
	State                   State
	Ready, Live             bool
	Descriptors, Limit      int
	Held                    int // that the test holds
	EMFILE, Shed, Crowded   int
	Reopenings, FailedDials int
	Places                  int64
}

// gatewayProcess serves with so many descriptors until its input ends; each line of it is a wish, answered with a report.
func gatewayProcess(t *testing.T, descriptors uint64) {
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: descriptors, Max: descriptors}); err != nil {
		t.Fatal(err)
	}
	r := open(t, Config{}, nil)
	r.proven()
	var held []*os.File
	release := func() {
		for _, f := range held {
			_ = f.Close()
		}
		held = nil
	}
	defer release()
	for wishes := bufio.NewScanner(os.Stdin); wishes.Scan(); {
		switch wishes.Text() {
		case "exhaust", "nearly exhaust":
			for wishes.Text() == "exhaust" || openDescriptors() < Descriptors()-spareMost/2 {
				f, err := os.Open(os.DevNull)
				if err != nil {
					break
				}
				held = append(held, f)
			}
		case "release":
			release()
		}
		emfile := counted(r.metrics.errors.WithLabelValues(string(ClassResources), "EMFILE"))
		b, _ := json.Marshal(report{Address: r.Addr().String(), State: r.watchdog.State(), Ready: r.Ready(t.Context()) == nil,
			Live: r.Live(t.Context()) == nil, Descriptors: openDescriptors(), Limit: Descriptors(), EMFILE: emfile, Held: len(held),
			Shed: counted(r.metrics.sheds.WithLabelValues(reasonDescriptors)), Places: r.places.used.Load(),
			Crowded: counted(r.metrics.sheds.WithLabelValues(reasonCrowded)), Reopenings: counted(r.metrics.reopenings),
			FailedDials: counted(r.metrics.selfFailed)})
		fmt.Printf("report %s\n", b)
	}
}

// process is the gateway's, as its test sees it.
type process struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Scanner
}

func startProcess(t *testing.T) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, in: in, out: bufio.NewScanner(out)}
	t.Cleanup(func() {
		defer cancel()
		_ = in.Close()
		var rest strings.Builder
		for p.out.Scan() {
			rest.WriteString(p.out.Text() + "\n")
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the gateway's process: %v\n%s", err, rest.String())
		}
	})
	return p
}

// ask tells the process a wish and returns its report.
func (p *process) ask(wish string) (r report) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, wish+"\n"); err != nil {
		p.t.Fatal(err)
	}
	for p.out.Scan() {
		if line, ok := strings.CutPrefix(p.out.Text(), "report "); ok {
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				p.t.Fatal(err)
			}
			return r
		}
		p.t.Log(p.out.Text())
	}
	p.t.Fatal("the gateway's process is gone")
	return r
}

// knock connects to the process.
func (p *process) knock(address string) net.Conn {
	p.t.Helper()
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
	return c
}
