package accept

import (
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// TestDocs holds docs/accept.md to the code: its errnos with their classes, states, reasons and metrics, all and no other.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/accept.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(E[A-Z0-9]+)` \\| ([a-z]+) \\|").FindAllStringSubmatch(string(page), -1) {
		if told[row[1]] != "" {
			t.Errorf("%s is there twice", row[1])
		}
		told[row[1]] = row[2]
	}
	for errno, class := range classes {
		name := unix.ErrnoName(errno)
		if told[name] != string(class) {
			t.Errorf("%s is of class %s, the page says %q", name, class, told[name])
		}
		delete(told, name)
	}
	for name, class := range told {
		t.Errorf("the page has %s, %s, which the door does not", name, class)
	}
	for _, s := range States {
		if !strings.Contains(string(page), "\n| `"+string(s)+"` |") {
			t.Errorf("the state %s is not there", s)
		}
	}
	for _, reason := range shedReasons {
		if !strings.Contains(string(page), "`"+reason+"`") {
			t.Errorf("the reason %s is not there", reason)
		}
	}
	metricsTold(t, string(page))
}

// metricsTold holds the page's aldis_accept_ names to those that are registered.
func metricsTold(t *testing.T, page string) {
	t.Helper()
	reg := prometheus.NewRegistry()
	if _, err := NewDoor("127.0.0.1:0", Config{}.WithDefaults(), NewHandler(Deps{Registry: reg}), slog.New(slog.DiscardHandler), reg); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, name := range regexp.MustCompile(`aldis_accept_[a-z_]+`).FindAllString(page, -1) {
		told[name] = true
	}
	if len(told) < 10 {
		t.Fatalf("the page has only %v", told)
	}
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "aldis_accept_") && !told[f.GetName()] {
			t.Errorf("the metric %s is not there", f.GetName())
		}
		delete(told, f.GetName())
	}
	for name := range told {
		t.Errorf("the page has %s, which the door does not", name)
	}
}
