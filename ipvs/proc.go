package ipvs

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ReadProc reads the table out of the text of /proc/net/ip_vs. That file is for
// users whom the kernel does not let ask for the table: every user may read it,
// but it does not tell all. What it leaves out is zero in the table, and missing
// says in words what that is, as far as it concerns this table.
//
// The text has time-outs in ticks of the kernel's clock, of which a second has hz
// (CONFIG_HZ); with 0 they are missing too. Who changes the table while the text
// is read can make an entry appear twice or not at all.
func ReadProc(r io.Reader, hz int) (t Table, info Info, missing []string, err error) {
	p := procParser{hz: hz}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		if !p.line(number, lines.Text()) {
			return nil, Info{}, nil, fmt.Errorf("table of the kernel, line %d: %q is not understood", number, lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		return nil, Info{}, nil, fmt.Errorf("read the table: %w", err)
	}
	if !p.begun {
		return nil, Info{}, nil, errors.New("the table of the kernel has no first line")
	}
	p.finish()
	return p.table, p.info, p.missing, nil
}

// procParser takes the text of /proc/net/ip_vs line by line. The order of its
// lines is ip_vs_info_seq_show in net/netfilter/ipvs/ip_vs_ctl.c.
type procParser struct {
	hz      int
	begun   bool
	info    Info
	table   Table
	mask    uint32 // of the last persistent service, as the text has it
	missing []string
}

// line takes one line and tells whether it was understood.
func (p *procParser) line(number int, s string) bool {
	switch {
	case number == 1:
		p.begun = true
		return p.version(s)
	case number <= procTitles:
		return true
	case strings.HasPrefix(s, "  -> "):
		return p.destination(s[len("  -> "):])
	default:
		p.finish()
		return p.service(s)
	}
}

func (p *procParser) version(s string) bool {
	v := &p.info.Version
	n, err := fmt.Sscanf(s, "IP Virtual Server version %d.%d.%d (size=%d)", &v[0], &v[1], &v[2], &p.info.ConnectionTableSize)
	return n == 4 && err == nil
}

func (p *procParser) destination(s string) bool {
	if len(p.table) == 0 {
		return false
	}
	d, ok := parseProcDestination(s)
	of := &p.table[len(p.table)-1]
	of.Destinations = append(of.Destinations, d)
	return ok
}

// service takes "TCP  C000020A:0050 wlc ops persistent 36000 FFFFFF00" or
// "FWM  00000007 wlc".
func (p *procParser) service(s string) (ok bool) {
	var entry ServiceEntry
	word, s := cutWord(s)
	name, s := cutWord(s)
	if entry.ServiceKey, ok = parseProcKey(word, name); !ok {
		return false
	}
	entry.Scheduler, s = cutWord(s)
	for word, s = cutWord(s); word != ""; word, s = cutWord(s) {
		switch word {
		case "ops":
			entry.Flags |= FlagOnePacket
		case "persistent":
			if s, ok = p.persistence(&entry.Service, s); !ok {
				return false
			}
		default:
			return false
		}
	}
	p.table = append(p.table, entry)
	return entry.Scheduler != ""
}

// persistence takes the time-out and the mask. The kernel prints the time-out
// with a sign that it does not have.
func (p *procParser) persistence(s *Service, text string) (rest string, ok bool) {
	ticks, rest := cutWord(text)
	mask, rest := cutWord(rest)
	n, err := strconv.ParseInt(ticks, 10, 64)
	m, maskErr := strconv.ParseUint(mask, 16, 32)
	s.Flags |= FlagPersistent
	p.mask = uint32(m)
	if p.hz > 0 {
		s.Persistence = time.Duration(uint32(n)) / time.Duration(p.hz) * time.Second
	}
	return rest, err == nil && maskErr == nil
}

// parseProcKey reads what a line calls its service. The family of a firewall mark
// is not told there.
func parseProcKey(word, name string) (k ServiceKey, ok bool) {
	if word == "FWM" {
		mark, err := strconv.ParseUint(name, 16, 32)
		return ServiceKey{FWMark: uint32(mark)}, err == nil && mark != 0
	}
	address, ok := parseProcAddress(name)
	for _, p := range []Protocol{TCP, UDP, SCTP} {
		if p.String() == word {
			return AddressKey(p, address), ok
		}
	}
	return k, false
}

// finish settles what of the last service takes its destinations to know, and
// notes what of it cannot be known.
func (p *procParser) finish() {
	if len(p.table) == 0 {
		return
	}
	s := &p.table[len(p.table)-1]
	p.miss("counters and rates")
	p.miss("scheduler flags and persistence engines of services")
	if s.FWMark != 0 {
		p.settleMark(s)
	}
	if s.Family == IPv6 && s.FWMark == 0 {
		p.miss("which services on IPv6 addresses are one-packet services (ops)")
	}
	s.Netmask = FullNetmask(s.Family)
	if s.Flags&FlagPersistent != 0 {
		s.Netmask = procMask(p.mask, s.Family)
		if p.hz <= 0 {
			p.miss("time-outs of persistent services")
		}
	}
	for _, d := range s.Destinations {
		p.miss("thresholds and persistent connections of real servers")
		if d.Method == Tunnel {
			p.miss("types, ports and checksums of tunnels")
		}
	}
}

// settleMark finds the family of a firewall mark, and says where it is a guess.
func (p *procParser) settleMark(s *ServiceEntry) {
	family, sure := markFamily(s, p.mask)
	s.Family = family
	if !sure {
		name := map[Family]string{IPv4: "IPv4", IPv6: "IPv6"}[family]
		p.miss(fmt.Sprintf("the address family of firewall mark %d (%s is assumed)", s.FWMark, name))
	}
}

// markFamily concludes from the servers, which are of their service's family
// unless they are reached through tunnels; and from the mask, which is a small
// number for IPv6 and as good as never for IPv4.
func markFamily(s *ServiceEntry, mask uint32) (f Family, sure bool) {
	for _, d := range s.Destinations {
		if d.Method != Tunnel {
			return FamilyOf(d.Address.Addr()), true
		}
	}
	if s.Flags&FlagPersistent != 0 {
		if prefix := procMask(mask, IPv6); prefix < 1 || prefix > 128 {
			return IPv4, true
		}
		return IPv6, false
	}
	if len(s.Destinations) > 0 {
		return FamilyOf(s.Destinations[0].Address.Addr()), false
	}
	return IPv4, false
}

// procMask undoes that the kernel turns the bytes of every mask, also those of
// the length of an IPv6 prefix.
func procMask(m uint32, f Family) Netmask {
	if f == IPv4 {
		return Netmask(m)
	}
	return Netmask(binary.NativeEndian.Uint32(binary.BigEndian.AppendUint32(nil, m)))
}

// miss notes something once.
func (p *procParser) miss(what string) {
	for _, m := range p.missing {
		if m == what {
			return
		}
	}
	p.missing = append(p.missing, what)
}
