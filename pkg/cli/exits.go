package cli

import (
	"fmt"
	"strings"
)

// The exit codes. Scripts rely on them: a code is never given another meaning.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitConfig  = 3
	exitListen  = 4
	exitStopped = 5
	exitBroker  = 6
)

// exits is the table of exit codes for people.
var exits = []struct {
	code int
	doc  string
}{
	{exitOK, "done; for serve: stopped in order after SIGINT or SIGTERM"},
	{exitFailed, "failed while running"},
	{exitUsage, "the command line has an unknown command, flag or argument"},
	{exitConfig, "a setting has a value that cannot be, or the settings file cannot be read"},
	{exitListen, "could not listen: the port is taken, or the address is not this machine's"},
	{exitStopped, "the stop did not finish in time"},
	{exitBroker, "the broker cannot be used: Redis does not answer, is too old, or may drop keys"},
}

// exitHelp is the table as lines of help.
func exitHelp() string {
	var b strings.Builder
	for _, e := range exits {
		fmt.Fprintf(&b, "  %d  %s\n", e.code, e.doc)
	}
	return b.String() + "A second signal ends it at once, with 128 and the signal's number.\n"
}

// failure is an error that knows its exit code.
type failure struct {
	code int
	err  error
}

func failed(code int, err error) *failure { return &failure{code, err} }

// Error is the text alone, a line for each thing that is wrong.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the error without its code.
func (f *failure) Unwrap() error { return f.err }
