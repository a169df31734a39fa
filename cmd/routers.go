package cmd

import (
	"slices"

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
	out.LogUnknownIDs = c.Global.VRRP.LogUnknownIDs.V
	for i := range c.VirtualRouters {
		r := &c.VirtualRouters[i]
		v := routerConfig(&c.Global, r)
		gaps := append(routerGaps(r), host...)
		gaps = append(gaps, gap{hasTwin(out.Routers, v), r.Where, "lvsctl does not tell routers of one virtual_router_id on one interface apart by where they send yet"})
		gone := leftOut(config.VirtualRouters, "vrrp_instance "+r.Name.V, gaps)
		said = append(append(said, gone...), lessStrict(r)...)
		if len(gone) == 0 && len(r.Faults) == 0 { // faults are told where they are found
			out.Routers = append(out.Routers, v)
		}
	}
	return out, said
}

// hasTwin tells whether there is a router already that lvsctl would take for this one,
// and keepalived would not, because it sends elsewhere.
func hasTwin(all []vrrp.RouterConfig, v vrrp.RouterConfig) bool {
	return slices.ContainsFunc(all, func(o vrrp.RouterConfig) bool {
		return o.Interface == v.Interface && o.ID == v.ID && o.Transport.Family == v.Transport.Family &&
			(o.Transport.Group != v.Transport.Group || len(o.Transport.Peers)+len(v.Transport.Peers) > 0)
	})
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
func routerGaps(r *config.VirtualRouter) []gap {
	return append([]gap{
		{!r.Interface.IsKnown() && len(r.Unicast.Peers) > 0, r.Where, "lvsctl needs the interface of a router yet, for unicast too"},
		{r.HMAC != nil, r.Where, "lvsctl does not do auth_hmac yet, and the other routers would drop what it sends"},
		{r.Version.V == 2 && r.IPv6() && r.Authentication != nil, r.Where, "lvsctl knows no authentication in VRRPv2 over IPv6"},
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

func routerConfig(g *config.Global, r *config.VirtualRouter) vrrp.RouterConfig {
	v := vrrp.RouterConfig{
		Name: r.Name.V, Interface: r.Interface.V, ID: r.ID.V,
		Parameters: vrrp.Parameters{
			Version: r.Version.V, Priority: r.Priority.V, Interval: r.AdvertInterval.V, NoPreempt: !r.Preempt.V,
		},
		Authentication: authentication(r), Transport: transportConfig(g, r),
	}
	for _, a := range r.Addresses {
		v.Addresses = append(v.Addresses, vrrp.VirtualAddress{
			Device: a.Device.V, Address: system.Address{Prefix: a.Prefix.V, Label: a.Label.V},
		})
	}
	return v
}
