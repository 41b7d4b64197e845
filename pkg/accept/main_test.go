package accept

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logged is a log that is read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// lines returns the lines with text in them.
func (l *logged) lines(text string) (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.b.String()) {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

// eventually waits until what is asked for holds, and fails after d. It returns how long that took.
func eventually(t testing.TB, d time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Since(began) > d {
			t.Fatalf("not within %v: %s", d, what)
		}
		<-tick.C
	}
	return time.Since(began)
}

// counted returns a metric's value.
func counted(c prometheus.Collector) int { return int(testutil.ToFloat64(c)) }

// answer is what a request was told.
type answer struct {
	status int
	head   http.Header
	body   string
	code   string // of a problem
}

// readAnswer reads one response.
func readAnswer(r *bufio.Reader) (answer, error) {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	_ = resp.Body.Close()
	a := answer{status: resp.StatusCode, head: resp.Header, body: b.String()}
	if resp.Close {
		a.head.Set("Connection", "close") // ReadResponse takes it away
	}
	if a.head.Get("Content-Type") == "application/problem+json" {
		var p struct{ Code string }
		if err := json.Unmarshal(b.Bytes(), &p); err != nil {
			return a, err
		}
		a.code = p.Code
	}
	return a, err
}

var discarded = slog.New(slog.DiscardHandler)

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }
