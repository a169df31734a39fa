package document

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// named pairs values with their names in a document.
type named[T comparable] []struct {
	value T
	text  string
}

func (n named[T]) name(v T) string {
	for _, x := range n {
		if x.value == v {
			return x.text
		}
	}
	return "unknown"
}

func (n named[T]) value(text string) (v T, ok bool) {
	for _, x := range n {
		if x.text == text {
			return x.value, true
		}
	}
	return v, false
}

// all are the names, for messages.
func (n named[T]) all() string {
	words := make([]string, len(n))
	for i, x := range n {
		words[i] = x.text
	}
	return strings.Join(words, ", ")
}

var (
	protocols   = named[ipvs.Protocol]{{ipvs.TCP, "tcp"}, {ipvs.UDP, "udp"}, {ipvs.SCTP, "sctp"}, {0, "fwm"}}
	families    = named[ipvs.Family]{{ipvs.IPv4, "ipv4"}, {ipvs.IPv6, "ipv6"}}
	methods     = named[ipvs.ForwardingMethod]{{ipvs.DirectRoute, "route"}, {ipvs.Tunnel, "tunnel"}, {ipvs.Masquerade, "masq"}, {ipvs.Local, "local"}, {ipvs.Bypass, "bypass"}}
	tunnelTypes = named[ipvs.TunnelType]{{ipvs.IPIP, "ipip"}, {ipvs.GUE, "gue"}, {ipvs.GRE, "gre"}}
	checksums   = named[ipvs.TunnelFlags]{{0, "none"}, {ipvs.TunnelChecksum, "csum"}, {ipvs.TunnelRemoteChecksum, "remcsum"}}
	roles       = named[ipvs.Role]{{ipvs.MasterDaemon, "master"}, {ipvs.BackupDaemon, "backup"}}
)

func protocolName(k ipvs.ServiceKey) string {
	if k.FWMark != 0 {
		return "fwm"
	}
	return protocols.name(k.Protocol)
}

func familyName(f ipvs.Family) string { return families.name(f) }

// schedulerFlags are the flags in their order. The first two have names of their
// own for sh and mh.
var schedulerFlags = []ipvs.Flags{ipvs.FlagSched1, ipvs.FlagSched2, ipvs.FlagSched3}

// flagNames are what a scheduler calls its flags.
func flagNames(scheduler string) []string {
	if scheduler == "sh" || scheduler == "mh" {
		return []string{scheduler + "-fallback", scheduler + "-port", "flag-3"}
	}
	return []string{"flag-1", "flag-2", "flag-3"}
}

// FlagNames are the names of scheduler flags, as -b of ipvsadm has them.
func FlagNames(scheduler string, f ipvs.Flags) (names []string) {
	for i, name := range flagNames(scheduler) {
		if f&schedulerFlags[i] != 0 {
			names = append(names, name)
		}
	}
	return names
}

// flagNamed is the flag of a name; every scheduler takes the general names too.
func flagNamed(scheduler, name string) (ipvs.Flags, bool) {
	for i, flag := range schedulerFlags {
		if name == flagNames(scheduler)[i] || name == flagNames("")[i] {
			return flag, true
		}
	}
	return 0, false
}

// netmaskName is "" for the full mask.
func netmaskName(s ipvs.Service) string {
	switch m := s.Netmask; {
	case m == ipvs.FullNetmask(s.Family):
		return ""
	case s.Family == ipvs.IPv6:
		return strconv.FormatUint(uint64(m), 10)
	default:
		return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
	}
}

// netmaskNamed reads 255.255.255.0, for IPv6 a prefix length from 1 to 128.
func netmaskNamed(text string, f ipvs.Family) (ipvs.Netmask, bool) {
	if f == ipvs.IPv6 {
		n, err := strconv.ParseUint(text, 10, 8)
		return ipvs.Netmask(n), err == nil && n >= 1 && n <= 128
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() {
		return 0, false
	}
	b := a.As4()
	return ipvs.Netmask(b[0])<<24 | ipvs.Netmask(b[1])<<16 | ipvs.Netmask(b[2])<<8 | ipvs.Netmask(b[3]), true
}
