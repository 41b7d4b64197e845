package accept

import (
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/dialect/native"
)

// TestNoDescriptors has a process run out of descriptors for real: accept gives EMFILE, the reserve tells clients no,
// the door is ready, and open when there are descriptors again.
func TestNoDescriptors(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		gatewayProcess(t, 128)
		return
	}
	t.Parallel()
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
	if r.EMFILE == 0 || r.Shed < 49 {
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

// TestLastDescriptors: where others than connections have nearly all descriptors, clients are told no before the last ones are gone.
func TestLastDescriptors(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		gatewayProcess(t, 128)
		return
	}
	t.Parallel()
	p := startProcess(t)
	address := p.ask("nearly exhaust").Address
	for range 20 {
		if a, err := readAnswer(newReader(p.knock(address))); err != nil || a.status != http.StatusServiceUnavailable || a.code != "overloaded" {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	if r := p.ask("report"); r.EMFILE != 0 || r.Shed < 19 /* the last is counted when it is told */ || !r.Ready || r.Descriptors >= r.Limit {
		t.Errorf("%+v", r)
	}
	p.ask("release")
	if a, err := ask(p.knock(address), "/"); err != nil || a.status != http.StatusOK {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestFewDescriptors fills a gateway that may have 256 descriptors: as many sessions as it is meant for, who is told no
// beside them, and a crowd that is reset. It never runs out, and is ready throughout.
func TestFewDescriptors(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		gatewayProcess(t, 256)
		return
	}
	t.Parallel()
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
