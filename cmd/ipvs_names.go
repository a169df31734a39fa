package cmd

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// systemNames knows the names that the host knows: of addresses from hosts(5) and
// DNS, of ports from services(5), which it reads when it is first asked.
type systemNames struct {
	services  services
	addresses map[string]netip.Addr // invalid where there is none
}

// Address asks for a host once: rules that are restored name the same ones over and
// over.
func (n *systemNames) Address(host string) (netip.Addr, bool) {
	a, known := n.addresses[host]
	if known {
		return a, a.IsValid()
	}
	if n.addresses == nil {
		n.addresses = map[string]netip.Addr{}
	}
	found, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip4", host)
	if err == nil && len(found) > 0 {
		a = found[0].Unmap()
	}
	n.addresses[host] = a
	return a, a.IsValid()
}

func (n *systemNames) Host(a netip.Addr) (string, bool) {
	found, err := net.DefaultResolver.LookupAddr(context.Background(), a.String())
	if err != nil || len(found) == 0 {
		return "", false
	}
	return strings.TrimSuffix(found[0], "."), true
}

func (n *systemNames) Port(service string, p ipvs.Protocol) (uint16, bool) {
	port, ok := n.load().ports[namedPort{service, protocolName(p)}]
	return port, ok
}

func (n *systemNames) Service(port uint16, p ipvs.Protocol) (string, bool) {
	name, ok := n.load().names[numberedPort{port, protocolName(p)}]
	return name, ok
}

// load reads the file once. Where there is none, ports have no names.
func (n *systemNames) load() services {
	if n.services.ports == nil {
		n.services = readServices(strings.NewReader(""))
		if f, err := os.Open("/etc/services"); err == nil {
			n.services = readServices(f)
			_ = f.Close() // only read from
		}
	}
	return n.services
}

func protocolName(p ipvs.Protocol) string { return strings.ToLower(p.String()) }

type (
	namedPort struct{ name, protocol string }

	numberedPort struct {
		port     uint16
		protocol string
	}

	// services is what services(5) says, in both directions.
	services struct {
		ports map[namedPort]uint16
		names map[numberedPort]string
	}
)

// readServices reads lines such as "http 80/tcp www # comment". Of two that say
// different things the first counts.
func readServices(r io.Reader) services {
	s := services{ports: map[namedPort]uint16{}, names: map[numberedPort]string{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		number, protocol, _ := strings.Cut(words[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			continue
		}
		s.add(uint16(port), protocol, append(words[:1:1], words[2:]...))
	}
	return s
}

// add takes in a port with its names, the official one first.
func (s services) add(port uint16, protocol string, names []string) {
	if key := (numberedPort{port, protocol}); s.names[key] == "" {
		s.names[key] = names[0]
	}
	for _, name := range names {
		if _, known := s.ports[namedPort{name, protocol}]; !known {
			s.ports[namedPort{name, protocol}] = port
		}
	}
}
