package cli

import (
	"github.com/spf13/cobra"
)

const rootHelp = `Aldis carries the signals by which WebRTC peers find each other: offers, answers, candidates.
Peers connect by WebSocket, send to each other by name, and meet in rooms. A signal that was
acknowledged is delivered once and in order, also when a connection breaks in between.

It is one program with nothing to install beside it. "aldis serve" is a working gateway with a
demo page; the settings of a larger one are flags, variables or lines of a file, all with the
same names.`

const rootExample = `  aldis serve                             # on this machine, with a demo page
  aldis serve --listen :8080              # for everybody who reaches this machine
  aldis serve --config aldis.yaml         # settings from a file
  ALDIS_GRACE=1m aldis serve              # or from the environment
  aldis config --config aldis.yaml        # what would apply, and where each value is from
  aldis completion bash > /etc/bash_completion.d/aldis`

// newRoot wires all commands.
func newRoot(p process) *cobra.Command {
	root := &cobra.Command{
		Use:                "aldis",
		Short:              "A WebRTC signaling gateway",
		Long:               rootHelp + "\n\nExit codes:\n" + exitHelp(),
		Example:            rootExample,
		SilenceErrors:      true, // process.run says them, on one line
		SilenceUsage:       true,
		DisableSuggestions: true, // hint has them, for flags and settings too
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(flagFailure)
	root.AddCommand(newServe(p), newConfig(p), newBench(p), newVersion(p))
	return root
}
