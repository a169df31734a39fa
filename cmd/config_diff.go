package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/load"
)

func newConfigDiff(s Streams) *cobra.Command {
	var read load.Options
	var detailed bool
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what a reload from one configuration to another would change",
		Long: `Compare what two configurations mean, not how they are written: a keepalived.conf
and the YAML made of it do not differ. One line for each setting, virtual router,
virtual server or real server that a reload would change.

Exit status: 0 shown, 1 failed, 2 wrong usage. With --detailed-exitcode: 0 there is
no difference, 2 there is one, 1 failed or wrong usage.`,
		Example: "  lvsctl config diff /etc/keepalived/keepalived.conf new.conf",
		Args:    usageArgs(cobra.ExactArgs(2)),
	}
	output := addFormats(c, "text", "json")
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if there is a difference")
	addReading(c, &read)
	c.RunE = func(_ *cobra.Command, args []string) error {
		from, err := usable(args[0], read)
		if err != nil {
			return err
		}
		to, err := usable(args[1], read)
		if err != nil {
			return err
		}
		changes := config.Diff(from, to)
		if err := printChanges(s.Out, output.value, changes); err != nil {
			return err
		}
		if detailed && len(changes) > 0 {
			return answer(2)
		}
		return nil
	}
	return c
}

// usable reads a configuration that has no errors.
func usable(file string, o load.Options) (*config.Config, error) {
	c, said, err := load.Load(file, o)
	if err != nil {
		return nil, err
	}
	return c, said.Err()
}

func printChanges(w io.Writer, output string, changes []config.Change) error {
	if output == "json" {
		if changes == nil {
			changes = []config.Change{}
		}
		return printJSON(w, struct {
			Schema  string          `json:"schema"`
			Changes []config.Change `json:"changes"`
		}{"lvsctl.config-diff/v1", changes})
	}
	for _, c := range changes {
		if _, err := io.WriteString(w, changeLine(c)); err != nil {
			return err
		}
	}
	return nil
}

// changeLine shows a change in the way of diff: + is new, - is gone, ~ is another.
func changeLine(c config.Change) string {
	line := map[config.ChangeKind]string{config.Added: "+ ", config.Removed: "- ", config.Changed: "~ "}[c.Kind] + c.Path
	if c.Kind == config.Changed {
		line += fmt.Sprintf(": %s -> %s", shownOrNone(c.From), shownOrNone(c.To))
	}
	if c.Where != (config.Position{}) {
		line += "  (" + c.Where.String() + ")"
	}
	return line + "\n"
}

func shownOrNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
