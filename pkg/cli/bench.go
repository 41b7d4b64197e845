package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aldis-rtc/aldis/pkg/bench"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// benchFlags are what every scenario takes.
type benchFlags struct {
	config    bench.Config
	app       string
	tokenFile string
	gateway   string   // the binary that is started where there is no URL
	pods      int      // how many of it
	serve     []string // further flags for it
	asJSON    bool
}

func (f *benchFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&f.config.URLs, "url", nil, "gateway to load, ws://host:port, or several; without it some are started for the run")
	flags.StringSliceVar(&f.config.Ops, "ops", nil, "its ops listener, http://host:port, or theirs, for what the load costs")
	flags.StringSliceVar(&f.config.Redis, "redis", nil, "Redis behind the gateways, host:port, for what the load costs it")
	flags.StringVar(&f.app, "app", "", "app to use there")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with a token that allows any peer name")
	flags.StringVar(&f.gateway, "gateway", "", "binary to start where there is no --url (default this one)")
	flags.IntVar(&f.pods, "pods", 1, "gateways to start where there is no --url")
	flags.DurationVar(&f.config.Duration, "duration", 10*time.Second, "time measured")
	flags.DurationVar(&f.config.WarmUp, "warm-up", 2*time.Second, "time under load before it")
	flags.Uint64Var(&f.config.Seed, "seed", 1, "seed of payloads and of the moments of sending")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
}

// maxPods bounds the gateways that are started.
const maxPods = 16

// sharing are the arguments by which gateways may get a broker that they share; a settings file may say it too.
var sharing = regexp.MustCompile(`^--(broker|config)\b`)

// check completes the flags with the arguments after "--" and says what cannot be.
func (f *benchFlags) check(cmd *cobra.Command, args []string) error {
	if n := cmd.ArgsLenAtDash(); n != 0 && len(args) > 0 {
		return noArgs(cmd, args)
	}
	f.serve = args
	switch own := len(f.config.URLs) == 0; {
	case own && len(f.config.Ops) > 0:
		return errors.New("--ops goes with --url")
	case !own && (f.gateway != "" || f.pods != 1 || len(args) > 0):
		return errors.New("--url names a gateway that runs: --gateway, --pods and arguments after -- are for one that is started")
	case f.pods < 1 || f.pods > maxPods:
		return fmt.Errorf("pods: %d is not from 1 to %d", f.pods, maxPods)
	case f.pods > 1 && !slices.ContainsFunc(args, sharing.MatchString):
		return errors.New("pods: several gateways know of each other through a broker only: add -- --broker redis")
	}
	f.config.App = wire.AppID(f.app)
	if f.app != "" {
		return f.config.App.Check()
	}
	return nil
}

// bench runs a scenario and prints what it measured.
func (p process) bench(cmd *cobra.Command, f *benchFlags, load bench.Load, args []string) error {
	cfg, own := &f.config, len(f.config.URLs) == 0
	err := cmp.Or(f.check(cmd, args), load.Validate())
	if own {
		cfg.URLs = []string{"ws://127.0.0.1"} // until it is known
	}
	if err = cmp.Or(err, cfg.Validate()); err != nil {
		return failed(exitUsage, err)
	}
	if f.tokenFile != "" {
		token, err := slurp(f.tokenFile)
		if err != nil {
			return failed(exitUsage, err)
		}
		cfg.Token = func(context.Context) (string, error) { return strings.TrimSpace(string(token)), nil }
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	gone := func() error { return nil }
	if own {
		g, err := f.start(ctx, load)
		if err != nil {
			return failed(exitFailed, err)
		}
		cfg.URLs, cfg.Ops = g.URLs, g.Ops
		gone = watch(g, cancel)
	}
	progress := &ticker{w: p.stderr, terminal: isTerminal(p.stderr)}
	cfg.Progress = progress.line
	r, err := bench.Run(ctx, *cfg, load)
	progress.end()
	return p.concludeBench(r, f.asJSON, errors.Join(err, gone()))
}

// concludeBench prints the result of a run, nil where there is none, and says what was wrong with it.
func (p process) concludeBench(r *bench.Result, asJSON bool, err error) error {
	if r != nil {
		err = errors.Join(err, printResult(p.stdout, r, asJSON))
		if !r.Promises.Kept() {
			err = errors.Join(err, fmt.Errorf("broken promises: %s", r.Promises))
		}
	}
	if err != nil {
		return failed(exitFailed, err)
	}
	return nil
}

func printResult(w io.Writer, r *bench.Result, asJSON bool) error {
	if !asJSON {
		return r.Table(w)
	}
	return json.NewEncoder(w).Encode(r)
}

// ticker shows progress: on a terminal in one line that changes, elsewhere in many.
type ticker struct {
	w        io.Writer
	terminal bool
	open     bool
}

// line shows a line. Nobody may be there to read it, so errors do not matter.
func (t *ticker) line(text string) {
	if t.terminal {
		_, _ = fmt.Fprintf(t.w, "\r\x1b[K%s", text)
		t.open = true
	} else {
		_, _ = fmt.Fprintln(t.w, text)
	}
}

// end leaves the line that changes.
func (t *ticker) end() {
	if t.open {
		_, _ = fmt.Fprintln(t.w)
	}
}
