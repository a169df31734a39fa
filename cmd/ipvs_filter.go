package cmd

import (
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
)

// filter is what a listing is restricted to. Zero values restrict nothing.
type filter struct {
	service    *ipvs.ServiceKey // exactly this one
	virtual    netip.Addr       // every port of this address
	protocol   string           // tcp, udp, sctp, fwm
	server     netip.Addr
	serverPort *uint16
}

func (v *verbs) addFilterFlags(c *cobra.Command) {
	addServiceFlags(c)
	c.Flags().Lookup("tcp-service").Usage = "only TCP service ADDRESS[:PORT]; without port every one of the address"
	c.Flags().Lookup("udp-service").Usage = "only UDP service ADDRESS[:PORT]"
	c.Flags().Lookup("sctp-service").Usage = "only SCTP service ADDRESS[:PORT]"
	c.Flags().Lookup("fwmark-service").Usage = "only the service on a firewall mark, NUMBER"
	addServerFlag(c)
	c.Flags().Lookup("real-server").Usage = "only services with the real server ADDRESS[:PORT], and of them only this"
	protocols := []string{"tcp", "udp", "sctp", "fwm"}
	c.Flags().Var(&choiceFlag{among: protocols}, "protocol", "only tcp, udp, sctp or fwm")
	v.complete(c, "protocol", func(*cobra.Command) []string { return protocols })
	v.completeServices(c)
	v.complete(c, "real-server", v.servers)
	c.Flags().BoolP("numeric", "n", false, "addresses and ports are numbers always; taken for the sake of habit")
}

// filterOf reads the flags of addFilterFlags.
func (v *verbs) filterOf(c *cobra.Command) (f filter, err error) {
	options := given(c)
	f.protocol = c.Flags().Lookup("protocol").Value.String()
	for name, protocol := range map[string]string{"tcp-service": "tcp", "udp-service": "udp", "sctp-service": "sctp"} {
		if a, bare := bareAddress(options[name]); bare && !hasAny(options, without(serviceOptions, name)...) {
			f.virtual, f.protocol = a, protocol
			delete(options, name)
		}
	}
	if hasAny(options, serviceOptions...) {
		op, err := v.parse(c, only(options, serviceOptions...), "-D")
		if err != nil {
			return f, err
		}
		f.service = &op.Service.ServiceKey
	}
	if text, ok := options["real-server"]; ok {
		op, err := v.parse(c, map[string]string{"tcp-service": "0.0.0.0:0", "real-server": text}, "-d")
		if err != nil {
			return f, err
		}
		f.server = op.Destination.Address.Addr()
		if _, bare := bareAddress(text); !bare && strings.Contains(text, ":") {
			port := op.Destination.Address.Port()
			f.serverPort = &port
		}
	}
	return f, nil
}

func without(names []string, name string) (out []string) {
	for _, n := range names {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}

func (f filter) takesService(k ipvs.ServiceKey) bool {
	switch {
	case f.service != nil && *f.service != k,
		f.virtual.IsValid() && f.virtual != k.Address.Addr(),
		f.protocol != "" && f.protocol != protocolWord(k):
		return false
	}
	return true
}

func (f filter) takesServer(a netip.AddrPort) bool {
	return (!f.server.IsValid() || f.server == a.Addr()) && (f.serverPort == nil || *f.serverPort == a.Port())
}

// table is what the filter leaves of a table.
func (f filter) table(t ipvs.Table) ipvs.Table {
	if f == (filter{}) {
		return t
	}
	out := ipvs.Table{}
	for _, s := range t {
		if !f.takesService(s.ServiceKey) {
			continue
		}
		if f.server.IsValid() {
			s.Destinations = f.servers(s.Destinations)
			if len(s.Destinations) == 0 {
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

func (f filter) servers(ds []ipvs.DestinationEntry) (out []ipvs.DestinationEntry) {
	for _, d := range ds {
		if f.takesServer(d.Address) {
			out = append(out, d)
		}
	}
	return out
}

func protocolWord(k ipvs.ServiceKey) string {
	if k.FWMark != 0 {
		return "fwm"
	}
	return strings.ToLower(k.Protocol.String())
}
