// Package cli is the aldis command: one file a subcommand, and the settings that flags, environment and file share.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// process is what a command has of the world around it.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // NAME=value, as os.Environ gives it
}

// Run runs the command that args, without the program's name, ask for, until it is done or ctx ends, which asks a
// server to leave in order. What went wrong is written to stderr, a line each. It returns the exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return process{stdin, stdout, stderr, os.Environ()}.run(ctx, args)
}

func (p process) run(ctx context.Context, args []string) int {
	root := newRoot(p)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var f *failure
	if !errors.As(err, &f) { // cobra's own words: none of our commands has run
		f = usageFailure(root, args, err)
	}
	for line := range strings.Lines(f.Error()) {
		// An error of the write has nobody left to hear it; the exit code still says that something failed.
		_, _ = fmt.Fprintf(p.stderr, "aldis: %s\n", strings.TrimRight(line, "\n"))
	}
	return f.code
}

// usageFailure says what is wrong with args, and the nearest thing that is right.
func usageFailure(root *cobra.Command, args []string, err error) *failure {
	if _, _, findErr := root.Find(args); findErr != nil {
		for _, arg := range args {
			if !strings.HasPrefix(arg, "-") {
				return failed(exitUsage, fmt.Errorf("unknown command %q%s", clip(arg), hint(arg, commandNames(root), "%s", "aldis --help lists them")))
			}
		}
	}
	return failed(exitUsage, err)
}

// flagFailure is cobra's FlagErrorFunc: it says the same of flags.
func flagFailure(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name := unknown.GetSpecifiedName()
		err = fmt.Errorf("unknown flag --%s%s", clip(name), hint(name, names, "--%s", cmd.CommandPath()+" --help lists them"))
	}
	return failed(exitUsage, err)
}

// noArgs refuses arguments that are not flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return failed(exitUsage, fmt.Errorf("%s takes no arguments, but %q was given", cmd.CommandPath(), clip(args[0])))
	}
	return nil
}

func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}
