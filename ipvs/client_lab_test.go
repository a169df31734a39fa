//go:build lab

package ipvs_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

// A real kernel is led from one random table to the next by Diff, and reads back
// each of them: every field, tunnels and mixed families too.
func TestLabDiffOnARealKernel(t *testing.T) {
	_, client := labtest.Kernel(t)
	rapid.Check(t, func(t *rapid.T) {
		want := drawTable(t, "want")
		have, err := client.Table()
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Apply(ipvs.Diff(have, want)...); err != nil {
			t.Fatal(err)
		}
		got, err := client.Table()
		if err != nil {
			t.Fatal(err)
		}
		diffTables(t, want, got, ignoreCounters)
		if left := ipvs.Diff(got, want); len(left) != 0 {
			t.Fatalf("left to do: %v", left)
		}
		plain, err := client.Read(ipvs.Plain)
		if err != nil {
			t.Fatal(err)
		}
		diffTables(t, onlyPlain(got), onlyPlain(plain))
		configured, err := client.Read(ipvs.Configured)
		if err != nil {
			t.Fatal(err)
		}
		diffTables(t, got, configured, ignoreCounters)
	})
}

// onlyPlain leaves of a table what Plain promises.
func onlyPlain(table ipvs.Table) ipvs.Table {
	table = slices.Clone(table)
	for i, s := range table {
		table[i].Destinations = nil
		for _, d := range s.Destinations {
			table[i].Destinations = append(table[i].Destinations, ipvs.DestinationEntry{
				Destination: ipvs.Destination{Address: d.Address, Method: d.Method, Weight: d.Weight},
				ActiveConns: d.ActiveConns, InactiveConns: d.InactiveConns,
			})
		}
	}
	return table
}

// The fake kernel refuses what the real one refuses, for the same reason.
func TestLabReasonsOfARealKernel(t *testing.T) {
	key := addService(1).Service.ServiceKey
	noScheduler := addService(3)
	noScheduler.Service.Scheduler = "nosuch"
	badThreshold, mixed := on(ipvs.AddDestination, 1, "10.0.0.2:80"), on(ipvs.AddDestination, 1, "[2001:db8::2]:80")
	badThreshold.Destination.LowerThreshold = 1
	noPort := on(ipvs.AddDestination, 1, "10.0.0.2:80")
	noPort.Destination.Method, noPort.Destination.Tunnel.Type = ipvs.Tunnel, ipvs.GUE
	_, client := labtest.Kernel(t)
	if err := client.Apply(addService(1), on(ipvs.AddDestination, 1, "10.0.0.1:80")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		op   ipvs.Op
		want error
	}{
		{addService(1), ipvs.ErrServiceExists},
		{ipvs.Op{Kind: ipvs.DeleteService, Service: addService(2).Service}, ipvs.ErrNoService},
		{noScheduler, ipvs.ErrScheduler},
		{on(ipvs.AddDestination, 1, "10.0.0.1:80"), ipvs.ErrDestinationExists},
		{on(ipvs.AddDestination, 2, "10.0.0.1:80"), ipvs.ErrNoService},
		{on(ipvs.EditDestination, 1, "10.0.0.2:80"), ipvs.ErrNoDestination},
		{on(ipvs.DeleteDestination, 1, "10.0.0.2:80"), ipvs.ErrNoDestination},
		{on(ipvs.AddDestination, 1, "224.0.0.1:80"), ipvs.ErrInvalid},
		{badThreshold, ipvs.ErrThreshold},
		{noPort, ipvs.ErrInvalid},
		{mixed, ipvs.ErrInvalid},
	} {
		if err := client.Apply(tc.op); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.op, err, tc.want)
		}
	}
	if _, err := client.Service(ipvs.FWMarkKey(7, ipvs.IPv4)); !errors.Is(err, ipvs.ErrNoService) {
		t.Errorf("service that is not there: %v", err)
	}
	if s, err := client.Service(key); err != nil || len(s.Destinations) != 1 {
		t.Errorf("service that is there: %+v, %v", s, err)
	}
}

// A pool that does not fit into one datagram of the kernel.
func TestLabLargePool(t *testing.T) {
	_, client := labtest.Kernel(t)
	ops := []ipvs.Op{addService(1)}
	for i := range 500 {
		op := on(ipvs.AddDestination, 1, "10.0.0.1:80")
		op.Destination.Address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 2, byte(i >> 8), byte(i)}), 80)
		ops = append(ops, op)
	}
	if err := client.Apply(ops...); err != nil {
		t.Fatal(err)
	}
	s, err := client.Service(addService(1).Service.ServiceKey)
	if err != nil || len(s.Destinations) != 500 {
		t.Errorf("%d real servers, %v", len(s.Destinations), err)
	}
}
