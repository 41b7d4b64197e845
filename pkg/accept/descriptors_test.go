package accept

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
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
		case "exhaust":
			for {
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

// TestNoDescriptors has a process run out of descriptors for real: accept gives EMFILE, the reserve tells clients no,
// the door is ready, and open when there are descriptors again.
func TestNoDescriptors(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		gatewayProcess(t, 128)
		return
	}
	p := startProcess(t)
	address := p.ask("report").Address
	session := p.knock(address)
	if a, err := ask(session, native.Path, upgrading...); err != nil || a.status != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", a, err)
	}
	if r := p.ask("exhaust"); r.Held < 50 || r.Descriptors != r.Limit {
		t.Fatalf("%+v", r)
	}
	for range 50 {
		a, err := readAnswer(newReader(p.knock(address)))
		if err != nil || a.status != http.StatusServiceUnavailable || a.code != "overloaded" || a.head.Get("Retry-After") == "" || a.head.Get("Connection") != "close" {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	r := p.ask("report")
	t.Logf("%+v", r)
	if r.EMFILE == 0 || r.Shed < 50 {
		t.Errorf("%d EMFILE, %d shed", r.EMFILE, r.Shed)
	}
	eventually(t, 5*time.Second, "shedding", func() bool {
		_, _ = readAnswer(newReader(p.knock(address))) // they keep coming
		r = p.ask("report")
		return r.State == StateShedding
	})
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if r = p.ask("report"); !r.Ready || !r.Live || r.Reopenings != 0 {
			t.Fatalf("%+v", r)
		}
		_, _ = readAnswer(newReader(p.knock(address)))
	}
	if r = p.ask("release"); !r.Ready {
		t.Errorf("%+v", r)
	}
	took := eventually(t, 5*time.Second, "served", func() bool { // the reserve may be about to tell one more
		a, err := ask(p.knock(address), "/")
		return err == nil && a.status == http.StatusOK
	})
	t.Logf("served %v after descriptors were back", took)
	eventually(t, 5*time.Second, "open", func() bool { return p.ask("report").State == StateOpen })
}

// TestFewDescriptors fills a gateway that may have 256 descriptors: as many sessions as it is meant for, who is told no
// beside them, and a crowd that is reset. It never runs out, and is ready throughout.
func TestFewDescriptors(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		gatewayProcess(t, 256)
		return
	}
	p := startProcess(t)
	address := p.ask("report").Address
	var sessions []net.Conn
	for {
		c := p.knock(address)
		a, err := ask(c, native.Path, upgrading...)
		if err == nil && a.status == http.StatusServiceUnavailable && a.code == "overloaded" {
			break
		}
		if err != nil || a.status != http.StatusSwitchingProtocols {
			t.Fatalf("%+v, %v", a, err)
		}
		sessions = append(sessions, c)
	}
	if n := len(sessions); n < 256-Headroom-1 || n > 256-Headroom { // a self-dial may have had the last place
		t.Errorf("%d sessions", n)
	}
	worst := report{}
	for range 5 {
		crowd := make([]net.Conn, 0, 100)
		for range cap(crowd) {
			if c, err := net.DialTimeout("tcp", address, 5*time.Second); err == nil { // or it was reset already
				crowd = append(crowd, c)
			}
		}
		r := p.ask("report")
		if worst.Descriptors < r.Descriptors {
			worst = r
		}
		if !r.Ready || !r.Live {
			t.Errorf("%+v", r)
		}
		for _, c := range crowd {
			_ = c.Close()
		}
	}
	t.Logf("%d sessions; at most %+v", len(sessions), worst)
	if worst.Descriptors > 256-spareMost || worst.EMFILE != 0 || worst.Crowded == 0 || worst.Shed != 0 {
		t.Errorf("%+v", worst)
	}
	for _, c := range sessions {
		_ = c.Close()
	}
	eventually(t, 5*time.Second, "open and empty", func() bool {
		r := p.ask("report")
		return r.State == StateOpen && r.Places <= 1 && r.Ready
	})
}
