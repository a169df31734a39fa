package ipvsadm_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// randomTable is any table that ipvsadm can make. Sorted by key, no key twice.
func randomTable(t *rapid.T) (table ipvs.Table) {
	keys := map[ipvs.ServiceKey]bool{}
	for range rapid.IntRange(0, 8).Draw(t, "services") {
		s := ipvs.ServiceEntry{Service: randomService(t)}
		if keys[s.ServiceKey] {
			continue
		}
		keys[s.ServiceKey] = true
		known := map[netip.AddrPort]bool{}
		for range rapid.IntRange(0, 5).Draw(t, "real servers") {
			d := randomServer(t, s.ServiceKey)
			if !known[d.Address] {
				known[d.Address] = true
				s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: d})
			}
		}
		table = append(table, s)
	}
	return table
}

func oneOf[T any](t *rapid.T, what string, of ...T) T { return rapid.SampledFrom(of).Draw(t, what) }

func randomService(t *rapid.T) (s ipvs.Service) {
	if rapid.Bool().Draw(t, "firewall mark") {
		s.ServiceKey = ipvs.FWMarkKey(oneOf[uint32](t, "mark", 1, 7, 1<<31, 1<<32-1), oneOf(t, "family", ipvs.IPv4, ipvs.IPv6))
	} else {
		address := oneOf(t, "address", "192.0.2.1:80", "192.0.2.2:53", "[2001:db8::1]:80", "[::ffff:192.0.2.1]:65535")
		s.ServiceKey = ipvs.AddressKey(oneOf(t, "protocol", ipvs.TCP, ipvs.UDP, ipvs.SCTP), netip.MustParseAddrPort(address))
	}
	s.Scheduler = oneOf(t, "scheduler", "wlc", "rr", "sh", "mh")
	s.Flags = oneOf(t, "scheduler's flags", 0, ipvs.FlagSched1, ipvs.FlagSched3, ipvs.FlagSched1|ipvs.FlagSched2, ipvs.FlagSched2|ipvs.FlagSched3)
	if rapid.Bool().Draw(t, "persistent") {
		s.Flags |= ipvs.FlagPersistent
		s.Persistence = oneOf(t, "timeout", time.Second, 31*24*time.Hour)
	}
	if (s.FWMark != 0 || s.Protocol == ipvs.UDP) && rapid.Bool().Draw(t, "one packet") {
		s.Flags |= ipvs.FlagOnePacket
	}
	s.Netmask = ipvs.Netmask(rapid.Uint32Range(1, 128).Draw(t, "prefix"))
	if s.Family == ipvs.IPv4 {
		s.Netmask = oneOf[ipvs.Netmask](t, "netmask", 0xffffffff, 0xffffff00, 0, 0xff0000ff)
	}
	s.PE = oneOf(t, "engine", "", "sip")
	return s.Stored()
}

func randomServer(t *rapid.T, k ipvs.ServiceKey) (d ipvs.Destination) {
	d.Method = oneOf(t, "method", ipvs.Masquerade, ipvs.DirectRoute, ipvs.Tunnel)
	own, other := []string{"10.0.0.1", "10.0.0.2", "192.168.0.1"}, []string{"2001:db8::2", "fd00::1"}
	if k.Family == ipvs.IPv6 {
		own, other = other, own
	}
	if d.Method == ipvs.Tunnel {
		own = append(own, other...)
	}
	port := k.Address.Port()
	if d.Method == ipvs.Masquerade || k.FWMark != 0 {
		port = oneOf[uint16](t, "port", 80, 8080)
	}
	d.Address = netip.AddrPortFrom(netip.MustParseAddr(oneOf(t, "address", own...)), port)
	d.Weight = oneOf[uint32](t, "weight", 0, 1, 1<<31-1)
	d.UpperThreshold = oneOf[uint32](t, "upper threshold", 0, 10, 1<<31-1)
	d.LowerThreshold = min(d.UpperThreshold, oneOf[uint32](t, "lower threshold", 0, 5))
	if d.Method != ipvs.Tunnel {
		return d
	}
	switch d.Tunnel.Type = oneOf(t, "tunnel", ipvs.IPIP, ipvs.GUE, ipvs.GRE); d.Tunnel.Type {
	case ipvs.GUE:
		d.Tunnel.Port = oneOf[uint16](t, "tunnel port", 1, 65535)
		d.Tunnel.Flags = oneOf(t, "checksum", 0, ipvs.TunnelChecksum, ipvs.TunnelRemoteChecksum)
	case ipvs.GRE:
		d.Tunnel.Flags = oneOf(t, "checksum", 0, ipvs.TunnelChecksum)
	}
	return d
}

// restored is the table that the rules make.
func restored(t interface{ Fatalf(string, ...any) }, rules string) ipvs.Table {
	kernel := ipvstest.New()
	for line := range strings.Lines(rules) {
		command, err := ipvsadm.Parse(strings.Fields(line), book{})
		if err == nil {
			err = kernel.Client().Apply(command.Ops...)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return kernel.Table()
}

// What RenderRules writes makes the same table again.
func TestRulesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kernel := ipvstest.New()
		kernel.Load(randomTable(t))
		rules := string(ipvsadm.RenderRules(kernel.Table()))
		if d := cmp.Diff(sorted(kernel.Table()), sorted(restored(t, rules)), comparison); d != "" {
			t.Fatalf("%s- before, + restored:\n%s", rules, d)
		}
	})
}

// What RenderSave loses, and what it writes other than ipvsadm so that it can be
// restored at all.
func TestSaveOfWhatIpvsadmCannotSay(t *testing.T) {
	address := netip.MustParseAddrPort("192.0.2.1:80")
	entry := func(scheduler string, f ipvs.Flags) ipvs.ServiceEntry {
		s := ipvs.Service{ServiceKey: ipvs.AddressKey(ipvs.TCP, address), Scheduler: scheduler, Flags: f, Netmask: 0xffffff00}
		d := ipvs.Destination{Address: address, Method: ipvs.Local, Weight: 1, UpperThreshold: 9, LowerThreshold: 3}
		return ipvs.ServiceEntry{Service: s, Destinations: []ipvs.DestinationEntry{{Destination: d}}}
	}
	mark := ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.FWMarkKey(1<<31, ipvs.IPv4), Scheduler: "rr", Netmask: 0xffffffff}}
	for _, tt := range []struct {
		entry       ipvs.ServiceEntry
		save, rules string
	}{
		{
			entry("sh", ipvs.FlagSched3),
			"-A -t 192.0.2.1:80 -s sh -b flag-3\n-a -t 192.0.2.1:80 -r 192.0.2.1:80 -g -w 1\n",
			"-A -t 192.0.2.1:80 -s sh -M 255.255.255.0 -b flag-3\n-a -t 192.0.2.1:80 -r 192.0.2.1:80 -g -w 1 -x 9 -y 3\n",
		},
		{
			entry("mh", ipvs.FlagSched2|ipvs.FlagSched3),
			"-A -t 192.0.2.1:80 -s mh -b mh-port\n-a -t 192.0.2.1:80 -r 192.0.2.1:80 -g -w 1\n",
			"-A -t 192.0.2.1:80 -s mh -M 255.255.255.0 -b mh-port,flag-3\n-a -t 192.0.2.1:80 -r 192.0.2.1:80 -g -w 1 -x 9 -y 3\n",
		},
		{mark, "-A -f -2147483648 -s rr\n", "-A -f 2147483648 -s rr\n"},
	} {
		if d := cmp.Diff(tt.save, string(ipvsadm.RenderSave(ipvs.Table{tt.entry}, true, nil))); d != "" {
			t.Errorf("RenderSave, -want +got:\n%s", d)
		}
		if d := cmp.Diff(tt.rules, string(ipvsadm.RenderRules(ipvs.Table{tt.entry}))); d != "" {
			t.Errorf("RenderRules, -want +got:\n%s", d)
		}
	}
}
