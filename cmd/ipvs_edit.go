package cmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

func (v *verbs) editCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "edit SERVICE [-r SERVER] OPTION...",
		Short: "Change what is named of a virtual service or real server",
		Long: `Change a virtual service, or with -r a real server of one. Only what is named
changes: unlike ipvsadm -E and -e, which set all that is not named to its default.

To take something away: -p 0 for persistence, --pe '' for the persistence engine,
-b '' for scheduler flags, --ops=false for one-packet scheduling.

With --if-exists a service or server that is not there is no error.

Exit status: 0 changed, or not there with --if-exists, 1 refused, 2 wrong usage.`,
		Example: `  lvsctl ipvs edit -t 192.0.2.10:80 -r 10.0.0.2 -w 0
  lvsctl ipvs edit -t 192.0.2.10:80 -s wrr
  lvsctl ipvs edit -t 192.0.2.10:80 -p 0`,
		Args: usageArgs(cobra.NoArgs),
	}
	addServiceFlags(c)
	addSettingFlags(c)
	ifExists := c.Flags().Bool("if-exists", false, "do nothing if it is not there")
	v.completeServices(c)
	v.complete(c, "real-server", v.servers)
	v.completeSettings(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		err := v.edit(c)
		if *ifExists && (errors.Is(err, ipvs.ErrNoService) || errors.Is(err, ipvs.ErrNoDestination)) {
			return nil
		}
		return err
	}
	return c
}

// edit reads what is there, changes it and writes it.
func (v *verbs) edit(c *cobra.Command) error {
	options := given(c)
	if f := c.Flags().Lookup("ops"); f.Changed && f.Value.String() == "false" {
		options["ops"] = "false"
	}
	named, err := v.named(c, options)
	if err != nil {
		return err
	}
	if len(options) == len(only(options, append([]string{"real-server"}, serviceOptions...)...)) {
		return usage(c, errors.New("there is nothing to change"))
	}
	return v.with(func(k *ipvs.Client) error {
		s, err := k.Service(named.Service.ServiceKey)
		if err != nil {
			return err
		}
		op, err := v.edition(c, s, named, options)
		if err != nil {
			return err
		}
		return k.Apply(op)
	})
}

// edition is the operation that changes what is named of s.
func (v *verbs) edition(c *cobra.Command, s ipvs.ServiceEntry, named ipvs.Op, options map[string]string) (ipvs.Op, error) {
	if !hasAny(options, "real-server") {
		return v.parse(c, onTop(serviceAsOptions(s.Service), options), "-E")
	}
	at := slices.IndexFunc(s.Destinations, func(d ipvs.DestinationEntry) bool { return d.Address == named.Destination.Address })
	if at < 0 {
		return ipvs.Op{}, fmt.Errorf("edit server %s of service %s: %w", named.Destination.Address, s.ServiceKey, ipvs.ErrNoDestination)
	}
	d := s.Destinations[at].Destination
	op, err := v.parse(c, onTop(serverAsOptions(d), options), "-e")
	op.Destination.Address = d.Address
	if !hasAny(options, methodOptions...) {
		op.Destination.Method = d.Method // the kernel has more than the options can tell
	}
	return op, err
}

var (
	methodOptions   = []string{"gatewaying", "ipip", "masquerading"}
	checksumOptions = []string{"tun-nocsum", "tun-csum", "tun-remcsum"}
	tunnelOptions   = append([]string{"tun-type", "tun-port"}, checksumOptions...)
)

// onTop puts the options that were given over those that describe what is there.
func onTop(present, options map[string]string) map[string]string {
	drop := func(names []string) {
		for _, name := range names {
			delete(present, name)
		}
	}
	if hasAny(options, methodOptions...) {
		drop(methodOptions)
		if !hasAny(options, "ipip") {
			drop(tunnelOptions)
		}
	}
	if hasAny(options, "tun-type") {
		drop(tunnelOptions)
	}
	if hasAny(options, checksumOptions...) {
		drop(checksumOptions)
	}
	maps.Copy(present, options)
	if present["persistent"] == "0" {
		drop([]string{"persistent"})
	}
	if present["ops"] == "false" {
		drop([]string{"ops"})
	}
	return present
}

// serviceAsOptions are the options of ipvsadm that make this service.
func serviceAsOptions(s ipvs.Service) map[string]string {
	of := document.SettingOf(s)
	options := map[string]string{"scheduler": of.Scheduler}
	if of.Persistence != nil {
		options["persistent"] = fmt.Sprint(*of.Persistence)
	}
	if of.Netmask != "" {
		options["netmask"] = of.Netmask
	}
	if of.PE != "" {
		options["pe"] = of.PE
	}
	// The general names go with every scheduler.
	if flags := document.FlagNames("", s.Flags); len(flags) > 0 {
		options["sched-flags"] = strings.Join(flags, ",")
	}
	if of.OnePacket {
		options["ops"] = ""
	}
	return options
}

// serverAsOptions are the options of ipvsadm that make this server.
func serverAsOptions(d ipvs.Destination) map[string]string {
	number := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	options := map[string]string{
		"weight": number(d.Weight), "u-threshold": number(d.UpperThreshold), "l-threshold": number(d.LowerThreshold),
	}
	switch d.Method {
	case ipvs.Masquerade:
		options["masquerading"] = ""
	case ipvs.Tunnel:
		options["ipip"] = ""
	default:
		options["gatewaying"] = ""
	}
	tunnel := document.ServerOf(d).Tunnel
	if tunnel == nil {
		return options
	}
	options["tun-type"] = tunnel.Type
	if tunnel.Port != 0 {
		options["tun-port"] = fmt.Sprint(tunnel.Port)
	}
	switch tunnel.Checksum {
	case "none":
		options["tun-nocsum"] = ""
	case "csum":
		options["tun-csum"] = ""
	case "remcsum":
		options["tun-remcsum"] = ""
	}
	return options
}
