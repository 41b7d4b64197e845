// Package brokertest is the suite that every broker.Broker passes, and the benchmarks by which they are compared.
//
// It asks for a Fleet: pods that share one store. Where the contract speaks of two pods a test goes from one pod of the
// fleet to the next, which may be the same one. Nothing here sleeps: what a store does in its own time is waited for as
// an event of the Sink, for at most patience.
package brokertest

import (
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// patience is how long an event may take. It is spent only by a test that fails.
const patience = 20 * time.Second

// grace is that of sessions whose grace is not to end during a test; brief of those whose grace is.
const (
	grace = time.Minute
	brief = 200 * time.Millisecond
)

// Fleet is an empty store and the brokers of the pods that share it.
type Fleet struct {
	// Pods are at least one; the suite starts and closes them.
	Pods []broker.Broker
	// Leftovers counts what the store holds for sessions, live or dead, and for rooms: 0 when everybody has gone.
	Leftovers func() int
	// Midway, unless nil, is what befalls the store while the schedules and the crowd run, once in the middle of each; it
	// returns when it is over. Meanwhile the store may be away (ErrUnavailable), attachments may be lost with
	// wire.CloseLeaseLost, and presence where the sink is told Stale.
	Midway func()
	// Lossy: Midway loses writes of the store. Signals that were acked may be lost then, whose receivers are told Gap, and
	// sessions too.
	Lossy bool
}

// Open makes a Fleet. What it needs beside its pods ends with t.Cleanup.
type Open func(t testing.TB, limits broker.Limits) Fleet

// Run examines the brokers that open makes.
func Run(t *testing.T, open Open) {
	for _, noun := range []struct {
		name  string
		tests []test
	}{
		{"attach", attachTests},
		{"secret", secretTests},
		{"resume", resumeTests},
		{"grace", graceTests},
		{"inbox", inboxTests},
		{"send", sendTests},
		{"room signal", roomSignalTests},
		{"again", againTests},
		{"receipt", receiptTests},
		{"room", roomTests},
		{"presence", presenceTests},
		{"everything", everythingTests},
	} {
		t.Run(noun.name, func(t *testing.T) {
			for _, tt := range noun.tests {
				t.Run(tt.name, func(t *testing.T) {
					tt.run(t, start(t, open, tt.limits))
				})
			}
		})
	}
}

// test is one test, on a fleet of its own.
type test struct {
	name   string
	limits broker.Limits
	run    func(t *testing.T, f *fleet)
}
