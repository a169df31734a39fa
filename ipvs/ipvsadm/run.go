package ipvsadm

import "github.com/lvsctl/lvsctl/ipvs"

// Run carries out a List or Change with a client and gives what is to be printed.
// Errors of the kernel are in ipvsadm's words; nothing is to be printed then.
func Run(c *ipvs.Client, cmd Command, names Resolver) ([]byte, error) {
	if cmd.Kind == Change {
		return nil, Refused(c.Apply(cmd.Ops...))
	}
	if key := cmd.Listing.Service; key != nil {
		s, err := c.Service(*key)
		if err != nil {
			return nil, Refused(err)
		}
		return Render(cmd.Listing, ipvs.Info{}, ipvs.Table{s}, names), nil
	}
	info, err := c.Info()
	if err != nil {
		return nil, err
	}
	table, err := c.Overview()
	if err != nil {
		return nil, err
	}
	return Render(cmd.Listing, info, table, names), nil
}
