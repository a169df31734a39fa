package cmd

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// The verbs take the options of ipvsadm, letters and long names. They are handed on
// to its parser, so that addresses, names, values and what does not go together are
// the same in both languages.

// once is the value of an option that must not be given twice, unless it says the
// same: completion reads a command line more than once.
type once struct {
	value string
	given bool
}

func (o *once) String() string { return o.value }
func (o *once) Type() string   { return "string" }
func (o *once) Set(s string) error {
	if o.given && o.value != s {
		return errors.New("it is given twice")
	}
	o.value, o.given = s, true
	return nil
}

// optionOrder is the order in which the options stand behind the command. Some
// depend on those before them.
var optionOrder = []string{
	"tcp-service", "udp-service", "sctp-service", "fwmark-service", "ipv6",
	"scheduler", "persistent", "netmask", "pe", "sched-flags", "ops",
	"real-server", "gatewaying", "ipip", "masquerading", "weight", "u-threshold", "l-threshold",
	"tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum",
	"mcast-interface", "syncid", "sync-maxlen", "mcast-group", "mcast-port", "mcast-ttl",
}

// serviceOptions are those that name a service.
var serviceOptions = optionOrder[:5]

func letter(c *cobra.Command, long, short, usage string) {
	c.Flags().VarP(&once{}, long, short, usage)
}

func addServiceFlags(c *cobra.Command) {
	letter(c, "tcp-service", "t", "TCP service ADDRESS:PORT")
	letter(c, "udp-service", "u", "UDP service ADDRESS:PORT")
	letter(c, "sctp-service", "", "SCTP service ADDRESS:PORT")
	letter(c, "fwmark-service", "f", "service on a firewall mark, NUMBER")
	c.Flags().BoolP("ipv6", "6", false, "the packets with the firewall mark are IPv6")
}

func addServerFlag(c *cobra.Command) {
	letter(c, "real-server", "r", "real server ADDRESS[:PORT]")
}

func addSettingFlags(c *cobra.Command) {
	letter(c, "scheduler", "s", "scheduler: rr, wrr, lc, wlc, … (default wlc)")
	letter(c, "persistent", "p", "seconds for which a client stays with a server (360 without number)")
	letter(c, "netmask", "M", "clients of one network stay together: 255.255.255.0, or the length of an IPv6 prefix")
	letter(c, "pe", "", "persistence engine: sip")
	letter(c, "sched-flags", "b", "sh-fallback, sh-port, mh-fallback, mh-port, flag-1 to flag-3")
	c.Flags().BoolP("ops", "o", false, "one-packet scheduling, for UDP or a firewall mark")
	addServerFlag(c)
	c.Flags().BoolP("gatewaying", "g", false, "reach the server by direct routing (default)")
	c.Flags().BoolP("ipip", "i", false, "reach the server through a tunnel")
	c.Flags().BoolP("masquerading", "m", false, "reach the server by NAT")
	letter(c, "weight", "w", "0 to 2147483647 (default 1); 0 takes no new connections")
	letter(c, "u-threshold", "x", "connections at which the server gets no more")
	letter(c, "l-threshold", "y", "connections at which it gets some again")
	letter(c, "tun-type", "", "ipip (default), gue or gre")
	letter(c, "tun-port", "", "UDP port of gue")
	c.Flags().Bool("tun-nocsum", false, "no checksum of the encapsulation (gue and gre)")
	c.Flags().Bool("tun-csum", false, "with checksum (gue and gre)")
	c.Flags().Bool("tun-remcsum", false, "with remote checksum offload (gue)")
}

// given are the options of ipvsadm that stand in a command line, with their values.
func given(c *cobra.Command) map[string]string {
	options := map[string]string{}
	for _, name := range optionOrder {
		f := c.Flags().Lookup(name)
		if f == nil || !f.Changed || f.Value.Type() == "bool" && f.Value.String() != "true" {
			continue
		}
		options[name] = f.Value.String()
	}
	return options
}

// only are those options that have one of these names.
func only(options map[string]string, names ...string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if value, ok := options[name]; ok {
			out[name] = value
		}
	}
	return out
}

func hasAny(options map[string]string, names ...string) bool { return len(only(options, names...)) > 0 }

// line spells options out behind a command of ipvsadm.
func line(command []string, options map[string]string) []string {
	args := command
	for _, name := range optionOrder {
		value, ok := options[name]
		switch {
		case !ok:
		case isSwitch(name):
			args = append(args, "--"+name)
		default:
			args = append(args, "--"+name+"="+value)
		}
	}
	return args
}

func isSwitch(name string) bool {
	switch name {
	case "ipv6", "ops", "gatewaying", "ipip", "masquerading", "tun-nocsum", "tun-csum", "tun-remcsum":
		return true
	}
	return false
}

// parse makes an operation of a command of ipvsadm with options.
func (v *verbs) parse(c *cobra.Command, options map[string]string, command ...string) (ipvs.Op, error) {
	parsed, err := ipvsadm.Parse(line(command, options), v.names)
	if err != nil {
		return ipvs.Op{}, usage(c, err)
	}
	return parsed.Ops[0], nil
}

// parseServer also sees to it that the port of the server is the one that was named:
// ipvsadm takes another than that of the service for a slip and says nothing.
func (v *verbs) parseServer(c *cobra.Command, options map[string]string, command string) (ipvs.Op, error) {
	op, err := v.parse(c, options, command)
	if err != nil {
		return op, err
	}
	named, err := v.named(c, options)
	if err == nil && named.Destination.Address != op.Destination.Address {
		return op, usage(c, errors.New("only a server with -m can have another port than its service"))
	}
	return op, err
}

// named is the service and real server that options name.
func (v *verbs) named(c *cobra.Command, options map[string]string) (ipvs.Op, error) {
	names := append([]string{"real-server"}, serviceOptions...)
	command := "-D"
	if hasAny(options, "real-server") {
		command = "-d"
	}
	return v.parse(c, only(options, names...), command)
}

// bareAddress is an address without port, in brackets or not.
func bareAddress(text string) (netip.Addr, bool) {
	if inside, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inside, "]") {
		text = strings.TrimSuffix(inside, "]")
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Zone() == ""
}
