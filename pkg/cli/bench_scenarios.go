package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aldis-rtc/aldis/pkg/bench"
)

const benchHelp = `Put a gateway under load as clients do, and measure it: signals a second, latencies, what each costs the
gateway in CPU time and memory, and whether each signal came, once and in order.

Without --url a gateway is started for the run, or --pods of them, on free ports of this machine, with limits
of rates that are not in the way; arguments after -- are further flags for it. With --url the pace keeps to the
limits that the gateway tells its clients. Of several gateways each gets its share of the sessions, and the two
ends of a signal are on different ones.

Ctrl-C ends a run early and prints what was measured. Progress goes to stderr. Exits 1 when a signal was
lost, doubled or out of order.`

// newBench is aldis bench and its scenarios.
func newBench(p process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Load a gateway and measure it",
		Long:  benchHelp,
		Example: `  aldis bench pairs --pairs 100 --rate 2000
  aldis bench pairs --rate 0 --json
  aldis bench idle --connections 10000 -- --heartbeat 1m
  aldis bench fanout --room 100 --rate 10 --url wss://gateway.example.org --ops http://10.0.0.7:9090
  aldis bench churn --rate 200 --gateway ./aldis-before
  aldis bench pairs --pods 2 --redis 127.0.0.1:6379 -- --broker redis --redis-addresses 127.0.0.1:6379
  aldis bench pairs --url ws://10.0.0.7:8080,ws://10.0.0.8:8080 --ops http://10.0.0.7:9090,http://10.0.0.8:9090`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return failed(exitUsage, fmt.Errorf("unknown scenario %q%s", clip(args[0]),
					hint(args[0], commandNames(cmd), "%s", "aldis bench --help lists them")))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBenchIdle(p), newBenchPairs(p), newBenchFanout(p), newBenchChurn(p))
	return cmd
}

// scenario returns a command that runs the load which its flags set.
func scenario[L bench.Load](p process, short string, load *L) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   (*load).Name() + " [-- flags of aldis serve]",
		Short: short,
		RunE:  func(cmd *cobra.Command, args []string) error { return p.bench(cmd, &f, *load, args) },
	}
	f.bind(cmd)
	return cmd
}

func newBenchIdle(p process) *cobra.Command {
	l := &bench.Idle{}
	cmd := scenario(p, "Sessions that do nothing: memory of each, and handshakes", l)
	cmd.Flags().IntVar(&l.Connections, "connections", 1000, "sessions to open")
	return cmd
}

func newBenchPairs(p process) *cobra.Command {
	l := &bench.Pairs{Description: bench.Sizes{Min: 1200, Max: 2500}, Candidate: bench.Sizes{Min: 130, Max: 170}}
	cmd := scenario(p, "Pairs that exchange offers, answers and candidates", l)
	flags := cmd.Flags()
	flags.IntVar(&l.Pairs, "pairs", 100, "pairs of peers")
	flags.Float64Var(&l.Rate, "rate", 2000, "signals a second in all; 0: saturation")
	flags.IntVar(&l.Window, "window", 8, "signals of one session that may be unanswered")
	flags.IntVar(&l.Candidates, "candidates", 8, "candidates after each description")
	flags.Var(&sizesFlag{&l.Description}, "description-bytes", "payload of offers and answers")
	flags.Var(&sizesFlag{&l.Candidate}, "candidate-bytes", "payload of candidates")
	return cmd
}

func newBenchFanout(p process) *cobra.Command {
	l := &bench.Fanout{Payload: bench.Sizes{Min: 200, Max: 400}}
	cmd := scenario(p, "One sender in a room", l)
	flags := cmd.Flags()
	flags.IntVar(&l.Room, "room", 100, "members of the room, the sender among them")
	flags.Float64Var(&l.Rate, "rate", 10, "signals a second")
	flags.Var(&sizesFlag{&l.Payload}, "payload-bytes", "payload of a signal")
	return cmd
}

func newBenchChurn(p process) *cobra.Command {
	l := &bench.Churn{}
	cmd := scenario(p, "Sessions that connect, join, send one signal and leave", l)
	flags := cmd.Flags()
	flags.Float64Var(&l.Rate, "rate", 100, "sessions a second; 0: saturation")
	flags.IntVar(&l.Workers, "workers", 64, "sessions under way at once")
	return cmd
}

// sizesFlag is a range of sizes in bytes: 1200-2500, or one number.
type sizesFlag struct{ p *bench.Sizes }

// Set takes a range; whether it can be is for the scenario to say.
func (f *sizesFlag) Set(text string) error {
	least, most, isRange := strings.Cut(text, "-")
	if !isRange {
		most = least
	}
	a, errA := strconv.Atoi(least)
	b, errB := strconv.Atoi(most)
	if errA != nil || errB != nil {
		return errors.New("want a size in bytes, or a range such as 1200-2500")
	}
	*f.p = bench.Sizes{Min: a, Max: b}
	return nil
}

// String is the range.
func (f *sizesFlag) String() string {
	if f.p == nil { // pflag asks a zero value too
		return ""
	}
	return fmt.Sprintf("%d-%d", f.p.Min, f.p.Max)
}

// Type is the word that stands for the value in help.
func (f *sizesFlag) Type() string { return "bytes" }
