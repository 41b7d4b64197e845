package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
	serve     []string // further flags for it
	asJSON    bool
}

func (f *benchFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.config.URL, "url", "", "gateway to load, ws://host:port; without it one is started for the run")
	flags.StringVar(&f.config.Ops, "ops", "", "its ops listener, http://host:port, for what the load costs it")
	flags.StringVar(&f.app, "app", "", "app to use there")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with a token that allows any peer name")
	flags.StringVar(&f.gateway, "gateway", "", "binary to start where there is no --url (default this one)")
	flags.DurationVar(&f.config.Duration, "duration", 10*time.Second, "time measured")
	flags.DurationVar(&f.config.WarmUp, "warm-up", 2*time.Second, "time under load before it")
	flags.Uint64Var(&f.config.Seed, "seed", 1, "seed of payloads and of the moments of sending")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
}

// check completes the flags with the arguments after "--" and says what cannot be.
func (f *benchFlags) check(cmd *cobra.Command, args []string) error {
	if n := cmd.ArgsLenAtDash(); n != 0 && len(args) > 0 {
		return noArgs(cmd, args)
	}
	f.serve = args
	switch own := f.config.URL == ""; {
	case own && f.config.Ops != "":
		return errors.New("--ops goes with --url")
	case !own && (f.gateway != "" || len(args) > 0):
		return errors.New("--url names a gateway that runs: --gateway and arguments after -- are for one that is started")
	}
	f.config.App = wire.AppID(f.app)
	if f.app != "" {
		return f.config.App.Check()
	}
	return nil
}

// bench runs a scenario and prints what it measured.
func (p process) bench(cmd *cobra.Command, f *benchFlags, load bench.Load, args []string) error {
	cfg, own := &f.config, f.config.URL == ""
	err := cmp.Or(f.check(cmd, args), load.Validate())
	if own {
		cfg.URL = "ws://127.0.0.1" // until it is known
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
		g, err := p.startGateway(ctx, f, load)
		if err != nil {
			return failed(exitFailed, err)
		}
		cfg.URL, cfg.Ops = g.URL, g.Ops
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

// startGateway starts the gateway of a run.
func (p process) startGateway(ctx context.Context, f *benchFlags, load bench.Load) (*bench.Gateway, error) {
	path := f.gateway
	if path == "" {
		var err error
		if path, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	return bench.StartGateway(ctx, path, load, f.serve...)
}

// watch calls cancel when the gateway ends. The function that it returns stops it and says how it ended, if by itself.
func watch(g *bench.Gateway, cancel func()) func() error {
	stopped, watched := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-g.Done():
			cancel()
			watched <- true
		case <-stopped:
			watched <- false
		}
	}()
	return func() error {
		close(stopped)
		byItself := <-watched
		err := g.Stop()
		if byItself {
			return cmp.Or(err, errors.New("gateway: it ended before the run"))
		}
		return err
	}
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
