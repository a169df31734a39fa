package keepalived

import (
	"net"
	"net/netip"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// vmacRows are about addresses on an interface of their own.
func vmacRows() []row[config.VirtualRouter] {
	return []row[config.VirtualRouter]{
		{names: "use_vmac", more: true, read: readVMAC, write: writeVMAC},
		vmacFlagRow("use_vmac_addr", func(m *config.VMAC) *config.Flag { return &m.Addresses }),
		vmacFlagRow("vmac_xmit_base", func(m *config.VMAC) *config.Flag { return &m.XmitBase }),
		{names: "use_ipvlan", more: true, read: readIPVLAN, write: writeIPVLAN},
	}
}

// vmacOf is the VMAC of an instance, made if it is not there yet.
func vmacOf(v *config.VirtualRouter, where config.Position) *config.VMAC {
	if v.VMAC == nil {
		v.VMAC = &config.VMAC{Where: where}
	}
	return v.VMAC
}

func vmacFlagRow(name string, field func(*config.VMAC) *config.Flag) row[config.VirtualRouter] {
	return row[config.VirtualRouter]{
		names: name,
		read: func(_ *reader, s *statement, v *config.VirtualRouter) {
			*field(vmacOf(v, s.at())) = config.Write(true, s.at())
		},
		write: func(v *config.VirtualRouter) []Line {
			if v.VMAC == nil {
				return nil
			}
			return flagLine(*field(v.VMAC), name, "")
		},
	}
}

// readVMAC reads use_vmac [NAME] [MAC] [group GROUP] [netlink_notify_msg], in
// any order; since 2.3.0 name may stand before NAME.
func readVMAC(r *reader, s *statement, v *config.VirtualRouter) {
	m := vmacOf(v, s.at())
	m.Router = config.Write(true, s.at())
	words := s.words[1:]
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w.text == "netlink_notify_msg":
			m.NotifyMsg = config.Write(true, w.at)
		case w.text == "group" && i+1 < len(words):
			i++
			m.Group = config.Write(words[i].text, words[i].at)
		case w.text == "name" && i+1 < len(words):
			i++
			r.vmacName(words[i], m)
		case strings.Contains(w.text, ":"):
			r.vmacAddress(w, m)
		default:
			r.vmacName(w, m)
		}
	}
}

func (r *reader) vmacName(w word, m *config.VMAC) {
	switch {
	case m.Name.IsSet():
		r.warn(w.at, "", "second interface name %s behind use_vmac: %s", quote(w.text), asKeepalived)
	case !validInterface(w.text):
		r.warn(w.at, "", "%s cannot be the name of an interface: %s", quote(w.text), asKeepalived)
	default:
		m.Name = config.Write(w.text, w.at)
	}
}

// validInterface tells whether Linux takes a name for an interface.
func validInterface(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= maxInterfaceName && !strings.ContainsAny(name, "/: \t\r\n\v\f")
}

// vmacAddress reads a hardware address. Of five bytes the sixth is the virtual
// router ID.
func (r *reader) vmacAddress(w word, m *config.VMAC) {
	text := strings.TrimSuffix(w.text, ":")
	full := text
	if strings.Count(text, ":") == 4 {
		full += ":0"
	}
	mac, err := net.ParseMAC(padMAC(full))
	virtual := err == nil && len(mac) == 6 && mac[0] == 0 && mac[1] == 0 && mac[2] == 0x5e && mac[3] == 0 && (mac[4] == 1 || mac[4] == 2)
	switch {
	case m.MAC.IsSet():
		r.warn(w.at, "", "second address %s behind use_vmac: %s", quote(w.text), asKeepalived)
	case err != nil || len(mac) != 6:
		r.warn(w.at, "", "%s is no hardware address: %s", quote(w.text), asKeepalived)
	case mac[0]&1 != 0:
		r.warn(w.at, "", "%s is a multicast address: %s", quote(w.text), asKeepalived)
	case virtual:
		r.warn(w.at, "leave it out: a virtual router has such an address anyway", "%s is an address of virtual routers: %s", quote(w.text), asKeepalived)
	default:
		m.MAC = config.Write(text, w.at)
	}
}

// padMAC writes each byte of a hardware address with two digits.
func padMAC(s string) string {
	parts := strings.Split(s, ":")
	for i, p := range parts {
		if len(p) == 1 {
			parts[i] = "0" + p
		}
	}
	return strings.Join(parts, ":")
}

func writeVMAC(v *config.VirtualRouter) []Line {
	m := v.VMAC
	if m == nil || !m.Router.V {
		return nil
	}
	words := []string{"use_vmac"}
	if m.Name.IsSet() {
		words = append(words, quoteText(m.Name.V))
	}
	if m.MAC.IsSet() {
		words = append(words, m.MAC.V)
	}
	words = appendOption(words, "group", m.Group, quoteText)
	if m.NotifyMsg.V {
		words = append(words, "netlink_notify_msg")
	}
	return []Line{{Words: words, Where: m.Where}}
}

// finishVMAC settles what the keywords about a VMAC mean together.
func (r *reader) finishVMAC(v *config.VirtualRouter) {
	m := v.VMAC
	if m == nil || m.Router.IsSet() {
		return
	}
	m.Router = config.Write(false, m.Where)
	if x := m.XmitBase; x.IsSet() {
		r.warn(x.Where, "", `"vmac_xmit_base" without "use_vmac": %s`, asKeepalived)
		m.XmitBase.Clear()
	}
	if !m.Addresses.IsSet() {
		v.VMAC = nil
	}
}

// readIPVLAN reads use_ipvlan [NAME] [ADDRESS] [bridge|private|vepa]. The first line counts.
func readIPVLAN(r *reader, s *statement, v *config.VirtualRouter) {
	if v.IPVLAN != nil {
		r.warn(s.at(), "", "%s is there a second time: %s; the first is in line %d", quote(s.keyword()), asKeepalived, v.IPVLAN.Where.Line)
		return
	}
	l := &config.IPVLAN{Where: s.at()}
	v.IPVLAN = l
	for _, w := range s.words[1:] {
		a, prefixErr := netip.ParsePrefix(w.text)
		if plain, err := netip.ParseAddr(w.text); err == nil {
			a, prefixErr = netip.PrefixFrom(plain, plain.BitLen()), nil
		}
		switch {
		case w.text == "bridge" || w.text == "private" || w.text == "vepa":
			r.firstWord(w, &l.Mode)
		case prefixErr == nil:
			l.Address = config.Write(a, w.at)
		case len(w.text) > maxInterfaceName:
			r.warnLongName(w)
		default:
			r.firstWord(w, &l.Name)
		}
	}
}

// firstWord takes a word for a value that has none yet.
func (r *reader) firstWord(w word, to *config.Text) {
	if to.IsSet() {
		r.warn(w.at, "", "%s after %s: %s", quote(w.text), quote(to.V), asKeepalived)
		return
	}
	*to = config.Write(w.text, w.at)
}

func writeIPVLAN(v *config.VirtualRouter) []Line {
	l := v.IPVLAN
	if l == nil {
		return nil
	}
	words := []string{"use_ipvlan"}
	if l.Name.IsSet() {
		words = append(words, quoteText(l.Name.V))
	}
	if l.Address.IsSet() {
		words = append(words, l.Address.V.String())
	}
	if l.Mode.IsSet() {
		words = append(words, l.Mode.V)
	}
	return []Line{{Words: words, Where: l.Where}}
}
