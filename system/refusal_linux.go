package system

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Refusal drops packets to addresses that this host holds but must not answer for
// (Accept_Mode false, RFC 9568 section 6.1), with a table of its own in nftables.
// Neighbour solicitations and advertisements pass, as the RFC wants. Packets that
// are forwarded are not touched.
type Refusal struct{ table string }

// NewRefusal gives a refusal with a table of that name, in the network namespace of
// the thread that calls its methods.
func NewRefusal(table string) *Refusal { return &Refusal{table: table} }

// Refuse makes these the refused addresses, in one step. Without any, the table goes.
func (r *Refusal) Refuse(addrs []netip.Addr) error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("open nftables: %w", err)
	}
	// Adding before deleting makes deleting good whether it was there or not; the
	// kernel takes all of it or nothing.
	table := &nftables.Table{Family: nftables.TableFamilyINet, Name: r.table}
	c.AddTable(table)
	c.DelTable(table)
	if len(addrs) > 0 {
		if err := r.fill(c, addrs); err != nil {
			return err
		}
	}
	if err := c.Flush(); err != nil {
		return fmt.Errorf("refuse packets to %d addresses: %w", len(addrs), err)
	}
	return nil
}

func (r *Refusal) fill(c *nftables.Conn, addrs []netip.Addr) error {
	table := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: r.table})
	policy := nftables.ChainPolicyAccept
	chain := c.AddChain(&nftables.Chain{
		Name: "input", Table: table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookInput, Priority: nftables.ChainPriorityFilter, Policy: &policy,
	})
	v4 := &nftables.Set{Table: table, Name: "refused4", KeyType: nftables.TypeIPAddr}
	v6 := &nftables.Set{Table: table, Name: "refused6", KeyType: nftables.TypeIP6Addr}
	of4, of6 := elements(addrs)
	if err := errors.Join(c.AddSet(v4, of4), c.AddSet(v6, of6)); err != nil {
		return fmt.Errorf("refuse packets: %w", err)
	}
	const offset4, offset6 = 16, 24 // of the destination in the header
	c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: neighbourDiscovery()})
	c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: dropTo(unix.NFPROTO_IPV4, offset4, 4, v4)})
	c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: dropTo(unix.NFPROTO_IPV6, offset6, 16, v6)})
	return nil
}

func elements(addrs []netip.Addr) (v4, v6 []nftables.SetElement) {
	for _, a := range addrs {
		e := nftables.SetElement{Key: a.AsSlice()}
		if a.Is4() {
			v4 = append(v4, e)
		} else {
			v6 = append(v6, e)
		}
	}
	return v4, v6
}

// dropTo is: meta nfproto FAMILY, destination in set, drop.
func dropTo(family byte, offset, size uint32, set *nftables.Set) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size},
		&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}
}

// neighbourDiscovery accepts ICMPv6 of the types 135 and 136 (RFC 4861).
func neighbourDiscovery() []expr.Any {
	const solicitation, advertisement = 135, 136
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_ICMPV6}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
		&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: []byte{solicitation}, ToData: []byte{advertisement}},
		&expr.Verdict{Kind: expr.VerdictAccept},
	}
}
