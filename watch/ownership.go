package watch

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Ownership remembers what stood in each service before lvsctl took it over, so
// that giving it back leaves exactly that. It outlives the process in the state
// file: what a killed run put into the kernel is still known to be ours.
// Ownerships are not changed; every method gives a new one.
type Ownership map[ipvs.ServiceKey]Claim

// Claim is one service that lvsctl keeps. The zero value is a service that
// lvsctl made, with everything in it.
type Claim struct {
	Adopted bool             // the service stood there before
	Foreign []netip.AddrPort // real servers that stood in it before, in order
}

// Standing drops claims on services that are no longer in the kernel: whoever
// makes such a service next makes it anew.
func (o Ownership) Standing(kernel ipvs.Table) Ownership {
	stands := keys(kernel)
	kept := Ownership{}
	for k, c := range o {
		if stands[k] {
			kept[k] = c
		}
	}
	return kept
}

// Claim adds the wanted services that are not claimed yet, with what stands in
// them in the kernel.
func (o Ownership) Claim(kernel, wanted ipvs.Table) Ownership {
	claimed := maps.Clone(o)
	if claimed == nil {
		claimed = Ownership{}
	}
	standing := map[ipvs.ServiceKey]Claim{}
	for _, s := range kernel {
		standing[s.ServiceKey] = Claim{Adopted: true, Foreign: addresses(s)}
	}
	for _, w := range wanted {
		if _, known := claimed[w.ServiceKey]; !known {
			claimed[w.ServiceKey] = standing[w.ServiceKey]
		}
	}
	return claimed
}

// Scope gives the part of the kernel's table that lvsctl may touch, and what
// that part should become: the wanted services exactly as they are wanted; of
// claimed services that are no longer wanted those that lvsctl made are gone, the
// adopted ones are left with those real servers that stood there before. What
// is in neither table is nobody's business here.
func (o Ownership) Scope(kernel, wanted ipvs.Table) (have, want ipvs.Table) {
	managed := keys(wanted)
	want = slices.Clone(wanted)
	for _, s := range kernel {
		claim, claimed := o[s.ServiceKey]
		if !claimed && !managed[s.ServiceKey] {
			continue
		}
		have = append(have, s)
		if claim.Adopted && !managed[s.ServiceKey] {
			want = append(want, claim.before(s))
		}
	}
	return have, want
}

// before is the service without the real servers that lvsctl put into it.
func (c Claim) before(s ipvs.ServiceEntry) ipvs.ServiceEntry {
	left := s
	left.Destinations = nil
	for _, d := range s.Destinations {
		if slices.Contains(c.Foreign, d.Address) {
			left.Destinations = append(left.Destinations, d)
		}
	}
	return left
}

// Keep drops the claims on services that are not wanted, once they have been
// given back.
func (o Ownership) Keep(wanted ipvs.Table) Ownership { return o.Standing(wanted) }

// Equal tells whether two ownerships say the same.
func (o Ownership) Equal(other Ownership) bool {
	return maps.EqualFunc(o, other, func(a, b Claim) bool {
		return a.Adopted == b.Adopted && slices.Equal(a.Foreign, b.Foreign)
	})
}

func keys(t ipvs.Table) map[ipvs.ServiceKey]bool {
	m := make(map[ipvs.ServiceKey]bool, len(t))
	for _, s := range t {
		m[s.ServiceKey] = true
	}
	return m
}

func addresses(s ipvs.ServiceEntry) []netip.AddrPort {
	var as []netip.AddrPort
	for _, d := range s.Destinations {
		as = append(as, d.Address)
	}
	slices.SortFunc(as, netip.AddrPort.Compare)
	return as
}
