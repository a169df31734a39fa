package ipvsadm

import (
	"io"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Run carries out a List or Change with a client and writes what is to be printed.
// Errors of the kernel are in ipvsadm's words; nothing was written then.
func Run(c *ipvs.Client, cmd Command, names Resolver, w io.Writer) error {
	if cmd.Kind == Change {
		return Refused(c.Apply(cmd.Ops...))
	}
	if key := cmd.Listing.Service; key != nil {
		s, err := c.Service(*key)
		if err != nil {
			return Refused(err)
		}
		_, err = w.Write(Render(cmd.Listing, ipvs.Info{}, ipvs.Table{s}, names))
		return err
	}
	info, err := c.Info()
	if err != nil {
		return err
	}
	table, err := c.Overview()
	if err != nil {
		return err
	}
	_, err = w.Write(Render(cmd.Listing, info, table, names))
	return err
}
