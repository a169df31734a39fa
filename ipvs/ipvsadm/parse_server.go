package ipvsadm

import (
	"math"
	"net/netip"

	"github.com/lvsctl/lvsctl/ipvs"
)

func (p *parser) realServer(v string) error {
	protocol := p.service.Protocol
	if p.service.FWMark != 0 {
		protocol = ipvs.TCP // a mark is of no protocol, but ipvsadm knows ports by name there
	}
	e, trouble := parseEndpoint(v, protocol, p.names)
	if trouble != "" {
		return bad("illegal real server address[:port] specified", v, trouble)
	}
	if !e.hasPort {
		e.port = p.service.Address.Port()
	}
	p.destination.Address = netip.AddrPortFrom(e.addr, e.port)
	return nil
}

func (p *parser) gatewaying(string) error   { return p.forward(ipvs.DirectRoute) }
func (p *parser) ipip(string) error         { return p.forward(ipvs.Tunnel) }
func (p *parser) masquerading(string) error { return p.forward(ipvs.Masquerade) }

func (p *parser) forward(m ipvs.ForwardingMethod) error {
	p.destination.Method = m
	return nil
}

func (p *parser) weight(v string) (err error) {
	p.destination.Weight, err = between(v, 0, math.MaxInt32, "illegal weight specified")
	return err
}

func (p *parser) upperThreshold(v string) (err error) {
	p.destination.UpperThreshold, err = between(v, 0, math.MaxInt32, "illegal u_threshold specified")
	return err
}

func (p *parser) lowerThreshold(v string) (err error) {
	p.destination.LowerThreshold, err = between(v, 0, math.MaxInt32, "illegal l_threshold specified")
	return err
}

func (p *parser) tunnelType(v string) error {
	for t := ipvs.IPIP; t <= ipvs.GRE; t++ {
		if v == tunnel(t).String() {
			p.destination.Tunnel.Type = t
			return nil
		}
	}
	return bad("illegal tunnel type specified", v, "ipip, gue or gre")
}

func (p *parser) tunnelPort(v string) error {
	n, err := between(v, 1, math.MaxUint16, "illegal tunnel port specified")
	p.destination.Tunnel.Port = uint16(n)
	return err
}

func (p *parser) tunnelChecksum(string) error {
	p.destination.Tunnel.Flags |= ipvs.TunnelChecksum
	return nil
}

func (p *parser) tunnelRemoteChecksum(string) error {
	p.destination.Tunnel.Flags |= ipvs.TunnelRemoteChecksum
	return nil
}

// checkServer also puts the port right: only masquerading can change it.
func (p *parser) checkServer() error {
	d := &p.destination
	if p.service.FWMark == 0 && d.Method != ipvs.Masquerade {
		d.Address = netip.AddrPortFrom(d.Address.Addr(), p.service.Address.Port())
	}
	tunnelled := p.given & tunnelOptions
	switch {
	case d.Method == ipvs.Tunnel:
		return tunnel(d.Tunnel.Type).demand().judge(tunnel(d.Tunnel.Type), "tunnel type", tunnelled)
	case ipvs.FamilyOf(d.Address.Addr()) != p.service.Family:
		return misuse("Different address family is allowed only for tunneling servers (-i)")
	case tunnelled != 0:
		return misuse("Tunnel options conflict with forward method (they go with -i)")
	}
	return nil
}
