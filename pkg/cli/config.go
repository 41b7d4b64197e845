package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// newConfig is aldis config.
func newConfig(p process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the settings that would apply, and where each is from",
		Long: `Print the settings that "aldis serve" would run with if it were given the same flags, environment
and file, and where each value is from. Exits 3 where a value cannot be.`,
		Example: `  aldis config --config aldis.yaml
  ALDIS_GRACE=1m aldis config --json`,
		Args: noArgs,
	}
	flags := bindSettings(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		e, err := resolve(flags.given, flags.file, p.environ)
		if err != nil {
			return err
		}
		for _, w := range e.warnings {
			if _, err := fmt.Fprintf(p.stderr, "aldis: warning: %s\n", w); err != nil {
				return failed(exitFailed, err)
			}
		}
		print := e.table
		if asJSON {
			print = e.json
		}
		if err := print(p.stdout); err != nil {
			return failed(exitFailed, err)
		}
		return nil
	}
	return cmd
}

// table prints the settings for people.
func (e *effective) table(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "SETTING\tVALUE\tORIGIN") // Flush has the error
	for _, s := range settings {
		shown := s.at(&e.configuration).String()
		if shown == "" {
			shown = "-"
		}
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\n", s.name, shown, e.origins[s.name])
	}
	return tw.Flush()
}

// json prints the settings for programs: an object with an array, in the order of the table.
func (e *effective) json(w io.Writer) error {
	type entry struct {
		Name   string `json:"name"`
		Value  any    `json:"value"`
		Origin source `json:"origin"`
		Where  string `json:"where,omitempty"`
	}
	var out struct {
		File     string  `json:"file,omitempty"`
		Settings []entry `json:"settings"`
	}
	out.File = e.file
	for _, s := range settings {
		o := e.origins[s.name]
		out.Settings = append(out.Settings, entry{s.name, s.at(&e.configuration).json(), o.source, o.where})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
