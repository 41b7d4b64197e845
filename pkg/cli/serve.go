package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// stopMargin is what serve waits beyond stop-timeout for the gateway's own verdict on its stop.
const stopMargin = time.Second

// newServe is aldis serve.
func newServe(p process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a gateway",
		Long: `Run a gateway until SIGINT (Ctrl-C) or SIGTERM. It then tells its sessions to leave, waits for them at
most stop-timeout, and exits 0. A second signal ends it at once.

Every flag is also a variable (--max-frame is ALDIS_MAX_FRAME) and a line of the settings file
(max-frame: 64KiB). A flag wins over a variable, a variable over the file, the file over the default.
"aldis config" with the same flags shows what would apply.

stdout has the addresses, for people; the log goes to stderr.`,
		Example: `  aldis serve
  aldis serve --listen :8080 --ops-listen :9090 --log-format json
  aldis serve --config aldis.yaml --ice-servers stun:stun.example.org:3478,turn:turn.example.org`,
		Args: noArgs,
	}
	flags := bindSettings(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		e, err := resolve(flags.given, flags.file, p.environ)
		if err != nil {
			return err
		}
		return p.serve(cmd.Context(), e)
	}
	return cmd
}

// serve runs a gateway until ctx ends or it fails.
func (p process) serve(ctx context.Context, e *effective) error {
	logger := newLogger(p.stderr, e.logFormat, e.logLevel)
	for _, w := range e.warnings {
		logger.Warn("setting ignored", "reason", w)
	}
	opts := e.app
	opts.Logger, opts.Version = logger, thisBuild().Version
	a, err := app.New(opts)
	if err != nil {
		return failed(exitConfig, joinProblems(e.place(err)))
	}
	if err := a.Start(ctx); err != nil {
		switch {
		case ctx.Err() != nil:
			return nil // asked to leave before it was there
		case errors.Is(err, app.ErrBroker):
			return e.brokerFailure(err)
		}
		return startFailure(opts, err)
	}
	greet(p.stdout, a)
	<-ctx.Done()
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opts.StopTimeout+stopMargin)
	defer cancel()
	return verdict(a.Stop(stopCtx))
}

// brokerFailure says what kept the broker from starting, on one line, and where the setting is from that the error begins
// with.
func (e *effective) brokerFailure(err error) *failure {
	text := strings.TrimPrefix(err.Error(), app.ErrBroker.Error()+": redis: ")
	text = strings.ReplaceAll(text, "\n", "; ") // of several addresses each has an error
	return failed(exitBroker, fmt.Errorf("broker: %w", joinProblems(e.place(errors.New(text)))))
}

// verdict says how a run ended by what its stop said.
func verdict(stopped error) error {
	switch {
	case errors.Is(stopped, context.DeadlineExceeded):
		return failed(exitStopped, fmt.Errorf("stop: %w", stopped))
	case stopped != nil:
		return failed(exitFailed, fmt.Errorf("stop: %w", stopped))
	}
	return nil
}

// greet tells a person where the gateway is. Nobody may be there to read it, so errors do not matter.
func greet(w io.Writer, a *app.App) {
	if url := a.DemoURL(); url != "" {
		_, _ = fmt.Fprintf(w, "Demo page  %s\n", url)
	}
	_, _ = fmt.Fprintf(w, "Clients    %s\n", a.URL())
	_, _ = fmt.Fprintf(w, "Operators  http://%s\n", a.OpsAddr())
	_, _ = fmt.Fprintln(w, "Ctrl-C to stop.")
}
