package door

import (
	"os"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

// TestSoak is hack/soak for a minute, for 20 s with -short, or for as long as ALDIS_SOAK says ("30m").
func TestSoak(t *testing.T) {
	t.Parallel()
	length := time.Minute
	if testing.Short() {
		length = 20 * time.Second
	}
	if v := os.Getenv("ALDIS_SOAK"); v != "" {
		var err error
		if length, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("%v, seed %d", length, seed)
	s := doortest.Soak{Binary: binary, Duration: length, Seed: seed, Say: func(line string) { t.Log(line) }}
	report, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%v", report)
	fail(t, report.Broken())
}
