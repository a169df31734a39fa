//go:build lab

package ipvs_test

import (
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	moby "github.com/moby/ipvs"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/mobyipvs"
)

// mobyHandle is moby/ipvs in a namespace.
func mobyHandle(t *testing.T, ns *lab.Namespace) *moby.Handle {
	t.Helper()
	var handle *moby.Handle
	if err := ns.Do(func() (err error) { handle, err = moby.New(""); return err }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(handle.Close)
	return handle
}

// readMoby reads the whole table with moby/ipvs.
func readMoby(t interface{ Fatal(...any) }, handle *moby.Handle) (table ipvs.Table) {
	services, err := handle.GetServices()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range services {
		destinations, err := handle.GetDestinations(s)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := mobyipvs.FromMoby(s, destinations)
		if err != nil {
			t.Fatal(err)
		}
		table = append(table, entry)
	}
	return table
}

// expressible leaves of a random table what moby/ipvs can write and reads rightly.
func expressible(table ipvs.Table) (out ipvs.Table) {
	for _, s := range table {
		if s.Address.Addr().Is4In6() {
			continue
		}
		s.PE = ""
		s.Destinations = slices.Clone(s.Destinations)
		s.Destinations = slices.DeleteFunc(s.Destinations, func(d ipvs.DestinationEntry) bool {
			return ipvs.FamilyOf(d.Address.Addr()) != s.Family
		})
		for i := range s.Destinations {
			d := &s.Destinations[i]
			d.Weight &= 0xffff
			d.Tunnel = ipvs.TunnelOptions{}
			d.ActiveConns = 0
		}
		out = append(out, s)
	}
	return out
}

// An independent reader confirms every field that was written, and what it writes
// is read as it meant it.
func TestLabMobyConfirms(t *testing.T) {
	ns, client := labtest.Kernel(t)
	other, otherClient := labtest.Kernel(t)
	reader, writer := mobyHandle(t, ns), mobyHandle(t, other)
	rapid.Check(t, func(t *rapid.T) {
		want := expressible(drawTable(t, "table"))
		have, err := client.Table()
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Apply(ipvs.Diff(have, want)...); err != nil {
			t.Fatal(err)
		}
		diffTables(t, want, readMoby(t, reader))

		if err := writer.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			service, destinations, err := mobyipvs.ToMoby(s)
			if err != nil {
				t.Fatal(err)
			}
			if err := writer.NewService(service); err != nil {
				t.Fatal(err)
			}
			for _, d := range destinations {
				if err := writer.NewDestination(service, d); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, err := otherClient.Table()
		if err != nil {
			t.Fatal(err)
		}
		diffTables(t, want, got)
	})
}

// What mobyipvs says that moby/ipvs reads wrongly. If this fails because it reads
// rightly now, the documentation of mobyipvs has to be changed.
func TestLabMobyMisreads(t *testing.T) {
	ns, client := labtest.Kernel(t)
	handle := mobyHandle(t, ns)
	sip := service(ipvs.AddressKey(ipvs.UDP, netip.MustParseAddrPort("192.0.2.10:5060")), "sh", 0, 0, 0xffffffff,
		server("10.0.0.1:5060", ipvs.Tunnel, 100000, 0, 0))
	sip.PE = "sip"
	sip.Destinations[0].Tunnel = ipvs.TunnelOptions{Type: ipvs.GRE}
	if err := client.Apply(ipvs.Diff(nil, ipvs.Table{sip})...); err != nil {
		t.Fatal(err)
	}
	want := sip
	want.PE = ""
	want.Destinations = []ipvs.DestinationEntry{server("10.0.0.1:5060", ipvs.Tunnel, 34464, 0, 0)}
	if d := gocmp.Diff(ipvs.Table{want}, readMoby(t, handle), compareAddresses); d != "" {
		t.Errorf("- documented, + read by moby/ipvs:\n%s", d)
	}
}
