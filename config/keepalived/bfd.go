package keepalived

import (
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// maxBFDName is the longest name of a session.
const maxBFDName = 31

// bfdRow is bfd_instance.
func bfdRow() row[config.Config] {
	return blockRow("bfd_instance", bfdTable,
		func(r *reader, s *statement, c *config.Config) *config.BFD {
			if len(s.words) > 1 && len(s.words[1].text) > maxBFDName {
				r.warn(s.words[1].at, "", "the name is longer than %d characters: the session is left out, as keepalived does", maxBFDName)
				return nil
			}
			return named(r, s, &c.BFD, func(u *config.BFD, name config.Text, where config.Position) { u.Name, u.Where = name, where })
		},
		func(c *config.Config, write func(*config.BFD, config.Position, ...string)) {
			for i := range c.BFD {
				write(&c.BFD[i], c.BFD[i].Where, quoteText(c.BFD[i].Name.V))
			}
		})
}

// bfdTable is bfd_instance.
var bfdTable = sync.OnceValue(func() table[config.BFD] {
	return newTable("bfd_instance", []row[config.BFD]{
		addrRow("neighbor_ip neighbour_ip", "the session has no neighbour, as in keepalived", func(b *config.BFD) *config.Value[netip.Addr] { return &b.Neighbor }),
		addrRow("source_ip", asKeepalived, func(b *config.BFD) *config.Value[netip.Addr] { return &b.Source }),
		millisRow("min_rx", time.Millisecond, func(b *config.BFD) *config.Span { return &b.MinRx }),
		millisRow("min_tx", time.Millisecond, func(b *config.BFD) *config.Span { return &b.MinTx }),
		millisRow("idle_tx", time.Second, func(b *config.BFD) *config.Span { return &b.IdleTx }),
		numberRow("multiplier", 1, 255, exact, asKeepalived, func(b *config.BFD) *config.Value[uint8] { return &b.Multiplier }),
		flagRow("passive", true, func(b *config.BFD) *config.Flag { return &b.Passive }),
		numberRow("ttl hoplimit", 1, 255, exact, asKeepalived, func(b *config.BFD) *config.Value[uint8] { return &b.TTL }),
		numberRow("max_hops", -1, 255, exact, asKeepalived, func(b *config.BFD) *config.Value[int16] { return &b.MaxHops }),
		boolRow("multihop", func(b *config.BFD) *config.Flag { return &b.Multihop }),
		weightRow(253, false, func(b *config.BFD) *config.Value[int32] { return &b.Weight }, func(b *config.BFD) *config.Flag { return &b.Reverse }),
		flagRow("vrrp", true, func(b *config.BFD) *config.Flag { return &b.VRRP }),
		flagRow("checker", true, func(b *config.BFD) *config.Flag { return &b.Checker }),
	})
})

// millisRow is a keyword with a time in milliseconds.
func millisRow[T any](name string, low time.Duration, field func(*T) *config.Span) row[T] {
	const high = maxTimer / time.Millisecond * time.Millisecond
	return row[T]{
		names: name, args: 1,
		read: func(r *reader, s *statement, to *T) {
			w := s.words[1]
			d, places, ok := parseSeconds(unsigned(w))
			d /= 1000
			switch {
			case !ok:
				r.warn(w.at, "", "%s is not a time in milliseconds: %s", quote(w.text), asKeepalived)
			case places > 3 || d < low || d > high:
				r.warn(w.at, "", "%s is not in the range of %s to %s milliseconds: %s", quote(w.text), millis(low), millis(high), asKeepalived)
			default:
				*field(to) = written(d, s)
			}
		},
		write: func(from *T) []Line { return valueLine(first(name), *field(from), millis) },
	}
}

// millis writes a duration in milliseconds.
func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64)
}
