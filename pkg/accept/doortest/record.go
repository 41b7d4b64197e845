package doortest

import (
	"bytes"
	"fmt"
	"sync"
)

// maxRecord bounds what is kept of a log, in bytes; the end is kept.
const maxRecord = 64 << 10

// alarms are what no log may have.
var alarms = []string{"WARNING: DATA RACE", "fatal error:", "accept: panic", "session: panic", "goroutine 1 ["}

// record keeps the end of a process's log, and what in it must not be there.
type record struct {
	mu    sync.Mutex
	end   []byte
	line  []byte // the one being written
	heard map[string]string
}

func newRecord() *record { return &record{heard: map[string]string{}} }

// Write implements io.Writer.
func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end = append(r.end, b...)
	if over := len(r.end) - maxRecord; over > maxRecord {
		r.end = append(r.end[:0], r.end[over:]...)
	}
	r.line = append(r.line, b...)
	for {
		i := bytes.IndexByte(r.line, '\n')
		if i < 0 {
			break
		}
		for _, a := range alarms {
			if r.heard[a] == "" && bytes.Contains(r.line[:i], []byte(a)) {
				r.heard[a] = string(r.line[:min(i, 1000)])
			}
		}
		r.line = r.line[i+1:]
	}
	return len(b), nil
}

// maxLines is how many lines of a log are shown.
const maxLines = 25

// String returns the last lines of the log.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := bytes.SplitAfter(r.end, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-maxLines):], nil))
}

// faults is an error where an alarm was logged.
func (r *record) faults() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.heard) == 0 {
		return nil
	}
	return fmt.Errorf("gateway: it logged %v\n%s", r.heard, r.end) // all of it: a race has many lines
}
