package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived"
	"github.com/lvsctl/lvsctl/config/load"
	"github.com/lvsctl/lvsctl/config/yamlfile"
)

func newConfigShow(s Streams) *cobra.Command {
	var read load.Options
	var file string
	var written, plain bool
	c := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Show what a configuration means, with every default, and where each value comes from",
		Long: `Show the model that lvsctl makes of a configuration: every value that is in force,
and behind it where it was written, or that it is a default, taken over from the
block around it, or put right. Secrets are not shown. What is wrong with the file is
told by lvsctl config check.

Exit status: 0 shown, 1 the file cannot be read or has errors, 2 wrong usage.`,
		Example: `  lvsctl config show /etc/keepalived/keepalived.conf
  lvsctl config show -o json | jq '.virtual_routers[].priority'`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
	}
	output := addFormats(c, "yaml", "json", "keepalived")
	c.Flags().BoolVar(&written, "written", false, "only what was written, no defaults")
	c.Flags().BoolVar(&plain, "no-origins", false, "do not tell where values come from")
	addFile(c, &file)
	addReading(c, &read)
	c.RunE = func(_ *cobra.Command, args []string) error {
		m, err := usable(configFile(args, file), read)
		if err != nil {
			return err
		}
		text, err := encode(m, output.value, yamlfile.Options{Defaults: !written, Origins: !plain})
		if err != nil {
			return err
		}
		_, err = s.Out.Write(text)
		return err
	}
	return c
}

// encode writes a model in one of the languages. keepalived.conf has no place for
// defaults and origins.
func encode(c *config.Config, language string, o yamlfile.Options) ([]byte, error) {
	switch language {
	case "yaml":
		return yamlfile.Encode(c, o)
	case "json":
		return yamlfile.EncodeJSON(c, o)
	case "keepalived":
		return keepalived.Print(keepalived.Lines(c), o.Comment), nil
	default:
		return nil, fmt.Errorf("unknown language %q", language)
	}
}
