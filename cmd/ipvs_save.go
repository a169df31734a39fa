package cmd

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

func (v *verbs) saveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "save",
		Short: "Print the table so that restore and apply make it again",
		Long: `Print the table as rules of ipvsadm, complete: with the thresholds that ipvsadm -S
forgets, and with numbers instead of names. YAML and JSON also hold the timeouts
and the sync daemons.

Exit status: 0 printed, 1 failed, 2 wrong usage.`,
		Example: `  lvsctl ipvs save > /etc/lvsctl/ipvs.rules
  lvsctl ipvs save -o yaml > director.yaml`,
		Args: usageArgs(cobra.NoArgs),
	}
	output := v.formats(c, "ipvsadm", "yaml", "json")
	c.RunE = func(*cobra.Command, []string) error {
		return v.with(func(k *ipvs.Client) error {
			t, err := k.Read(ipvs.Configured)
			if err != nil {
				return err
			}
			if output.value == "ipvsadm" {
				return v.write(func(w io.Writer) error { _, err := w.Write(ipvsadm.RenderRules(t)); return err })
			}
			doc := document.Of(t, false)
			if err := beside(k, &doc); err != nil {
				return err
			}
			return v.write(func(w io.Writer) error { return document.Write(w, documentFormat(output.value), doc) })
		})
	}
	return c
}

// beside reads what stands beside the table.
func beside(k *ipvs.Client, doc *document.Document) error {
	timeouts, err := k.Timeouts()
	if err != nil {
		return err
	}
	daemons, err := k.Daemons()
	if err != nil {
		return err
	}
	doc.Timeouts, doc.SyncDaemons = document.TimeoutsOf(timeouts), document.DaemonsOf(daemons)
	return nil
}
