package cmd

import (
	"net/netip"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp"
)

// A gap is something in a configuration that lvsctl would have to act on and does
// not yet. What has one is left out: run without it, it would do harm.
type gap struct {
	there bool
	where config.Position
	why   string
}

// gapsHint is the hint of everything that keepalived can do and lvsctl cannot yet.
const gapsHint = "keep keepalived for it until lvsctl can do it"

// leftOut says why something is left out, nil if there is no reason.
func leftOut(part config.Part, what string, gaps []gap) config.Diagnostics {
	var said config.Diagnostics
	for _, g := range gaps {
		if g.there {
			said = append(said, config.Diagnostic{
				Severity: config.Warning, Part: part, Where: g.where, Hint: gapsHint,
				Message: what + " is left out: " + g.why,
			})
		}
	}
	return said
}

// namespaceGaps are those of the whole host.
func namespaceGaps(g *config.Global, ipvs bool) []gap {
	return []gap{
		{g.Namespace.IsSet(), g.Namespace.Where, "lvsctl does not enter a network namespace by itself yet; start it in " + g.Namespace.V},
		{ipvs && g.IPVSNamespace.IsSet(), g.IPVSNamespace.Where, "lvsctl does not set services in another network namespace yet"},
	}
}

// virtualRouters hands the model's routers to vrrp, and tells which are left out.
func virtualRouters(c *config.Config) (out vrrp.Config, said config.Diagnostics) {
	host := namespaceGaps(&c.Global, false)
	for i := range c.VirtualRouters {
		r := &c.VirtualRouters[i]
		gaps := leftOut(config.VirtualRouters, "vrrp_instance "+r.Name.V, append(routerGaps(c, r), host...))
		said = append(append(said, gaps...), lessStrict(r)...)
		if len(gaps) == 0 && len(r.Faults) == 0 { // faults are told where they are found
			out.Routers = append(out.Routers, routerConfig(r))
		}
	}
	return out, said
}

// lessStrict tells what is missing of strict mode. The rest of it is in the other
// settings of the router.
func lessStrict(r *config.VirtualRouter) config.Diagnostics {
	if !r.Strict.V || r.Accept.V {
		return nil
	}
	return config.Diagnostics{{
		Severity: config.Warning, Part: config.VirtualRouters, Where: r.Strict.Where,
		Message: "vrrp_instance " + r.Name.V + " is less strict than asked for: lvsctl does not drop packets to the addresses of the master yet",
	}}
}

// routerGaps is what vrrp cannot do yet, of one router.
func routerGaps(c *config.Config, r *config.VirtualRouter) []gap {
	group, want := r.MulticastGroup, c.Global.VRRP.MulticastGroup4
	if !group.IsKnown() {
		group = want
	}
	return append([]gap{
		{r.Version.V == 3, r.Version.Where, "lvsctl speaks VRRPv2 yet"},
		{isIPv6(r), r.Where, "lvsctl does not do IPv6 virtual routers yet"},
		{len(r.Unicast.Peers) > 0, r.Unicast.Source.Where, "lvsctl does not send to unicast peers yet, and they would not hear it"},
		{group.IsKnown() && group.V != multicastGroup() && r.Version.V != 3 && len(r.Unicast.Peers) == 0, group.Where, "routers in another multicast group do not hear lvsctl yet"},
		{r.Authentication != nil && r.Authentication.Type.V == config.AuthAH, r.Where, "lvsctl does not do AH yet, and the other routers would drop what it sends"},
		{r.HMAC != nil, r.Where, "lvsctl does not do auth_hmac yet, and the other routers would drop what it sends"},
		{len(r.Addresses) > maxVirtualAddresses, r.Where, "an advertisement has room for 255 addresses"},
	}, placeGaps(r)...)
}

// placeGaps are those about where addresses and routes would be.
func placeGaps(r *config.VirtualRouter) []gap {
	return []gap{
		{r.VMAC != nil, r.Where, "lvsctl does not do use_vmac yet, and the addresses would have another hardware address than on the other routers"},
		{r.IPVLAN != nil, r.Where, "lvsctl does not do use_ipvlan yet, and the addresses would be on another interface"},
		{r.VRF.IsSet(), r.VRF.Where, "lvsctl does not do vrf yet, and advertisements would leave by another interface"},
		{len(r.ExcludedAddresses) > 0, r.Where, "lvsctl does not set excluded addresses yet, and the master would miss them"},
		{len(r.Routes) > 0, r.Where, "lvsctl does not set virtual routes yet, and the master would miss them"},
		{len(r.Rules) > 0, r.Where, "lvsctl does not set virtual rules yet, and the master would miss them"},
	}
}

// maxVirtualAddresses is what the 8 bit count of addresses in an advertisement allows (RFC 3768 section 5.3.5).
const maxVirtualAddresses = 255

// multicastGroup is the IPv4 group of VRRP (RFC 3768 section 5.2.2).
func multicastGroup() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 18}) }

func isIPv6(r *config.VirtualRouter) bool {
	return r.NativeIPv6.V || len(r.Addresses) > 0 && r.Addresses[0].Prefix.V.Addr().Is6()
}

func routerConfig(r *config.VirtualRouter) vrrp.RouterConfig {
	v := vrrp.RouterConfig{
		Name: r.Name.V, Interface: r.Interface.V, ID: r.ID.V,
		Parameters: vrrp.Parameters{Priority: r.Priority.V, Interval: r.AdvertInterval.V, NoPreempt: !r.Preempt.V},
	}
	if a := r.Authentication; a != nil && a.Type.V == config.AuthPass {
		v.Authentication = vrrp.PasswordAuthentication(string(a.Password.V))
	}
	for _, a := range r.Addresses {
		v.Addresses = append(v.Addresses, vrrp.VirtualAddress{
			Device: a.Device.V, Address: system.Address{Prefix: a.Prefix.V, Label: a.Label.V},
		})
	}
	return v
}
