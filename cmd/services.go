package cmd

import (
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/watch"
)

// virtualServers hands the model's services to watch, and tells which are left out.
func virtualServers(c *config.Config) (out []watch.VirtualServer, said config.Diagnostics) {
	host := namespaceGaps(&c.Global, true)
	for i := range c.VirtualServers {
		s := &c.VirtualServers[i]
		if gaps := serverLeftOut(s, host); len(gaps) > 0 {
			said = append(said, gaps...)
			continue
		}
		out = append(out, watchedServer(s))
	}
	return out, said
}

// serversLeftOut tells which of the model's services are left out.
func serversLeftOut(c *config.Config) (said config.Diagnostics) {
	host := namespaceGaps(&c.Global, true)
	for i := range c.VirtualServers {
		said = append(said, serverLeftOut(&c.VirtualServers[i], host)...)
	}
	return said
}

// serverLeftOut says why watch leaves a virtual server out, nil if it does not.
func serverLeftOut(s *config.VirtualServer, host []gap) config.Diagnostics {
	return leftOut(config.VirtualServers, "virtual_server "+s.ID(), append(serviceGaps(s), host...))
}

// serviceGaps is what watch cannot do yet, of one virtual server.
func serviceGaps(s *config.VirtualServer) []gap {
	gaps := []gap{
		{s.FWMark.IsSet(), s.FWMark.Where, "lvsctl watch does not do firewall marks yet"},
		{s.Group.IsSet(), s.Group.Where, "lvsctl watch does not do groups yet"},
		{s.PersistenceBits.IsSet() && s.PersistenceBits.V != fullBits(s), s.PersistenceBits.Where, "lvsctl watch does not do persistence by network yet"},
		{isOtherTunnel(&s.Forwarding), s.Where, "lvsctl watch does IPIP tunnels only yet"},
	}
	for i := range s.RealServers {
		r := &s.RealServers[i]
		if r.Forwarding.Method.IsKnown() && r.Forwarding.Method.V != s.Forwarding.Method.V {
			gaps = append(gaps, gap{true, r.Where, "lvsctl watch does not do another lvs_method for one real server yet"})
		}
		if isOtherTunnel(&r.Forwarding) {
			gaps = append(gaps, gap{true, r.Where, "lvsctl watch does IPIP tunnels only yet"})
		}
		for j := range r.Checks {
			if k := &r.Checks[j]; k.Kind.V != config.CheckTCP && k.Kind.V != config.CheckUnknown {
				gaps = append(gaps, gap{true, k.Where, "lvsctl watch does not do " + string(k.Kind.V) + " checks yet, and real servers would always count as up"})
			}
		}
	}
	return gaps
}

// fullBits is the persistence_granularity that tells every client from the others.
func fullBits(s *config.VirtualServer) uint8 {
	if s.Address.V.Addr().Is6() {
		return 128
	}
	return 32
}

func isOtherTunnel(f *config.Forwarding) bool {
	return f.Method.V == config.TUN && f.TunnelType.IsSet() && f.TunnelType.V != "ipip"
}

// watchedServer is a virtual server with those of its real servers that can ever be
// up. Why one cannot is told where its check is read.
func watchedServer(s *config.VirtualServer) watch.VirtualServer {
	v := watch.VirtualServer{
		Address: s.Address.V, Protocol: watch.Protocol(s.Protocol.V), Scheduler: s.Scheduler.V,
		Method: watch.ForwardingMethod(s.Forwarding.Method.V), Persistence: s.Persistence.V,
	}
	for i := range s.RealServers {
		r := &s.RealServers[i]
		if neverUp(r) {
			continue
		}
		real := watch.RealServer{Address: r.Address.V, Weight: r.Weight.V}
		for _, k := range r.Checks {
			real.Checks = append(real.Checks, watch.Check{
				Kind: watch.CheckKind(k.Kind.V), Target: netip.AddrPortFrom(k.Address.V, k.Port.V),
				Timeout: k.Times.Timeout.V, Interval: k.Times.Interval.V,
				Retries: uint(k.Times.Retries.V), RetryDelay: k.Times.RetryDelay.V,
			})
		}
		v.RealServers = append(v.RealServers, real)
	}
	return v
}

// neverUp tells of a real server with a check that is not understood, which never passes.
func neverUp(r *config.RealServer) bool {
	return slices.ContainsFunc(r.Checks, func(k config.Check) bool { return k.Kind.V == config.CheckUnknown })
}
