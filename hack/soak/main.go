// Soak runs a gateway for as long as one likes and gives it everything that may come to its door: slow, broken and hostile
// clients, crowds, resets, want of descriptors, freezes. Meanwhile sessions exchange numbered signals. It ends with a table, and
// with exit code 1 where a promise of docs/protocol.md section 6 or docs/accept.md was broken.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aldis-rtc/aldis/pkg/accept/doortest"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	broken, err := run(ctx)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if broken {
		os.Exit(1)
	}
}

func run(ctx context.Context) (broken bool, err error) {
	duration := flag.Duration("duration", time.Minute, "how long faults are given")
	pairs := flag.Int("pairs", 16, "pairs of sessions that talk")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "order of the faults") //nolint:gosec // any number
	binary := flag.String("aldis", "", "the binary; empty: built from here")
	race := flag.Bool("race", true, "build it with the race detector")
	flag.Parse()
	log.SetOutput(io.Discard) // net/http speaks there of answers before their requests
	if *binary == "" {
		dir, err := os.MkdirTemp("", "aldis-soak")
		if err != nil {
			return false, err
		}
		defer func() { _ = os.RemoveAll(dir) }() // what is left is in the temporary folder
		if *binary, err = doortest.Build(ctx, dir, *race); err != nil {
			return false, err
		}
	}
	fmt.Printf("soak: %v, seed %d\n", *duration, *seed)
	s := doortest.Soak{Binary: *binary, Duration: *duration, Pairs: *pairs, Seed: *seed,
		Say: func(line string) { fmt.Println("soak:", line) }}
	report, err := s.Run(ctx)
	if err != nil {
		return false, err
	}
	fmt.Printf("\n%v\n", report)
	for _, line := range report.Broken() {
		broken = true
		fmt.Println("BROKEN:", line)
	}
	if !broken {
		fmt.Println("soak: every promise was kept")
	}
	return broken, nil
}
