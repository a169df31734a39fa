package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// answer is an exit status whose meaning has been printed already.
type answer int

func (answer) Error() string     { return "" }
func (a answer) ExitStatus() int { return int(a) }

func addOutput(c *cobra.Command, output *string) {
	c.Flags().StringVarP(output, "output", "o", "table", "table or json")
}

// addFormats adds -o with these values, the first by default.
func addFormats(c *cobra.Command, among ...string) *choiceFlag {
	f := &choiceFlag{value: among[0], among: among}
	c.Flags().VarP(f, "output", "o", strings.Join(among, ", "))
	completeFlag(c, "output", func(*cobra.Command) []string { return among })
	return f
}

// printAs prints a value as JSON or as an aligned table.
func printAs(w io.Writer, output string, v any, table func(*tabwriter.Writer)) error {
	switch output {
	case "json":
		return printJSON(w, v)
	case "table":
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		table(tw)
		return tw.Flush()
	default:
		return usageError{err: fmt.Errorf("unknown output %q", output), hint: "-o table or -o json"}
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
