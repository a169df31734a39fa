package ipvs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

func TestTableReadsWhatTheKernelHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawTable(t, "table")
		for i := range want {
			want[i].Stats = ipvs.Stats{Connections: 1 << 40, PacketsIn: 2, PacketsOut: 3, BytesIn: 4, BytesOut: 5,
				CPS: 6, PPSIn: 7, PPSOut: 8, BPSIn: 9, BPSOut: 10}
			for j := range want[i].Destinations {
				want[i].Destinations[j].Stats = ipvs.Stats{Connections: 1 << 41, BPSOut: 1 << 42}
				want[i].Destinations[j].PersistentConns = 77
			}
		}
		kernel := ipvstest.New()
		kernel.Load(want)
		got, err := kernel.Client().Table()
		if err != nil {
			t.Fatal(err)
		}
		diffTables(t, want, got)
		for _, s := range got {
			if s.Flags&ipvs.FlagHashed != 0 {
				t.Errorf("%s shows the kernel's own flag", s)
			}
		}
		for _, s := range want {
			one, err := kernel.Client().Service(s.ServiceKey)
			if err != nil {
				t.Fatal(err)
			}
			diffTables(t, ipvs.Table{s}, ipvs.Table{one})
		}
	})
}

func TestInfo(t *testing.T) {
	info, err := ipvstest.New().Client().Info()
	want := ipvs.Info{Version: [3]uint8{1, 2, 1}, ConnectionTableSize: 4096}
	if info != want || err != nil {
		t.Errorf("got %v, %v, want %v", info, err, want)
	}
}

func addService(n int) ipvs.Op {
	addr := netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)})
	return ipvs.Op{Kind: ipvs.AddService, Service: ipvs.Service{
		ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.AddrPortFrom(addr, 80)), Scheduler: "wlc",
	}}
}

func on(kind ipvs.OpKind, service int, real string) ipvs.Op {
	op := addService(service)
	op.Kind = kind
	op.Destination.Address = netip.MustParseAddrPort(real)
	return op
}

func TestApplyNamesTheReason(t *testing.T) {
	noScheduler, badPE, badMask := addService(3), addService(3), addService(3)
	noScheduler.Service.Scheduler = "nosuch"
	badPE.Service.PE = "nosuch"
	badMask.Service.ServiceKey, badMask.Service.Netmask = ipvs.FWMarkKey(1, ipvs.IPv6), 129
	badThreshold, mixed := on(ipvs.AddDestination, 1, "10.0.0.2:80"), on(ipvs.AddDestination, 1, "[2001:db8::2]:80")
	badThreshold.Destination.LowerThreshold = 1
	edit, remove := addService(2), addService(2)
	edit.Kind, remove.Kind = ipvs.EditService, ipvs.DeleteService

	for _, tc := range []struct {
		op         ipvs.Op
		want, also error
	}{
		{addService(1), ipvs.ErrServiceExists, fs.ErrExist},
		{edit, ipvs.ErrNoService, fs.ErrNotExist},
		{remove, ipvs.ErrNoService, os.ErrNotExist},
		{noScheduler, ipvs.ErrScheduler, nil},
		{badPE, ipvs.ErrScheduler, nil},
		{badMask, ipvs.ErrInvalid, nil},
		{on(ipvs.AddDestination, 1, "10.0.0.1:80"), ipvs.ErrDestinationExists, os.ErrExist},
		{on(ipvs.AddDestination, 2, "10.0.0.1:80"), ipvs.ErrNoService, nil},
		{on(ipvs.EditDestination, 1, "10.0.0.2:80"), ipvs.ErrNoDestination, os.ErrNotExist},
		{on(ipvs.DeleteDestination, 1, "10.0.0.2:80"), ipvs.ErrNoDestination, nil},
		{on(ipvs.DeleteDestination, 2, "10.0.0.1:80"), ipvs.ErrNoService, nil},
		{on(ipvs.AddDestination, 1, "224.0.0.1:80"), ipvs.ErrInvalid, nil},
		{mixed, ipvs.ErrInvalid, nil},
		{badThreshold, ipvs.ErrThreshold, nil},
	} {
		t.Run(tc.op.String(), func(t *testing.T) {
			kernel := ipvstest.New()
			client := kernel.Client()
			if err := client.Apply(addService(1), on(ipvs.AddDestination, 1, "10.0.0.1:80")); err != nil {
				t.Fatal(err)
			}
			before := kernel.Table()
			err := client.Apply(tc.op)
			var failed *ipvs.OpError
			if !errors.Is(err, tc.want) || !errors.As(err, &failed) || failed.Op.Kind != tc.op.Kind {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if tc.also != nil && !errors.Is(err, tc.also) {
				t.Errorf("%v is not %v", err, tc.also)
			}
			diffTables(t, before, kernel.Table())
		})
	}
}

// More operations than fit into one datagram, some of which fail: the others are
// carried out, and every failure is reported with its place.
func TestApplyGoesOnAfterFailures(t *testing.T) {
	const n = 300
	for _, bad := range [][]int{{0}, {127}, {128}, {n - 1}, {0, 1, 127, 128, 129, 255, 256, n - 1}} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			kernel := ipvstest.New()
			var ops []ipvs.Op
			for i := range n {
				ops = append(ops, addService(i))
			}
			for _, i := range bad {
				kernel.Fail(i+1, syscall.ENOMEM)
			}
			err := kernel.Client().Apply(ops...)
			joined, ok := err.(interface{ Unwrap() []error })
			if !ok || len(joined.Unwrap()) != len(bad) {
				t.Fatalf("want %d failures, got: %v", len(bad), err)
			}
			for i, err := range joined.Unwrap() {
				var failed *ipvs.OpError
				if !errors.As(err, &failed) || failed.Index != bad[i] || failed.Op != ops[bad[i]] || !errors.Is(err, syscall.ENOMEM) {
					t.Errorf("failure %d: %v", i, err)
				}
			}
			if got := len(kernel.Table()); got != n-len(bad) {
				t.Errorf("%d services carried out, want %d", got, n-len(bad))
			}
		})
	}
}

// EINTR is the one errno that the kernel never answers: it has stopped a sync
// daemon that had not run yet. What comes before and after is as ever.
func TestApplyWithoutAnswer(t *testing.T) {
	daemon := &ipvs.Daemon{Role: ipvs.BackupDaemon, Interface: "eth0"}
	stop := ipvs.Op{Kind: ipvs.StopDaemon, Daemon: daemon}
	for at, ops := range [][]ipvs.Op{
		{stop, addService(1), addService(1)},
		{addService(1), stop, addService(1)},
		{addService(1), addService(1), stop},
	} {
		kernel := ipvstest.New()
		kernel.Fail(at+1, syscall.EINTR)
		var failed *ipvs.OpError
		err := kernel.Client().Apply(ops...)
		if !errors.As(err, &failed) || failed.Op.Kind != ipvs.AddService || !errors.Is(err, ipvs.ErrServiceExists) {
			t.Errorf("not answered: operation %d: %v", at, err)
		}
	}
	kernel := ipvstest.New()
	kernel.Fail(1, syscall.EINTR)
	client := kernel.Client()
	if err := client.Apply(stop); err != nil {
		t.Errorf("alone: %v", err)
	}
	if _, err := client.Info(); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestApplyRefusesNonsenseBeforeTheKernelIsAsked(t *testing.T) {
	kernel := ipvstest.New()
	for _, op := range []ipvs.Op{{}, {Kind: ipvs.AddService}, {Kind: 99}, {Kind: ipvs.AddDestination, Service: addService(1).Service}} {
		if err := kernel.Client().Apply(addService(1), op); err == nil {
			t.Errorf("%v: no error", op)
		}
	}
	if ops := kernel.Ops(); len(ops) != 0 {
		t.Errorf("the kernel was asked: %v", ops)
	}
}

// A table that changes while it is read is read again, and in the end refused.
func TestTableThatChangesWhileItIsRead(t *testing.T) {
	kernel := ipvstest.New()
	client := kernel.Client()
	if err := client.Apply(addService(1), on(ipvs.AddDestination, 1, "10.0.0.1:80")); err != nil {
		t.Fatal(err)
	}
	kernel.Interrupt(3)
	got, err := client.Table()
	if err != nil {
		t.Fatal(err)
	}
	diffTables(t, kernel.Table(), got)
	kernel.Interrupt(1000)
	if got, err := client.Table(); err == nil || got != nil {
		t.Errorf("no end of changes, but got %v, %v", got, err)
	}
}

// A kernel without IPVS must look neither like success nor like an empty table.
func TestMissingModule(t *testing.T) {
	kernel := ipvstest.New()
	client := kernel.Client()
	kernel.Unload()
	_, dialled := ipvs.New(kernel.Conn())
	_, info := client.Info()
	_, table := client.Table()
	_, service := client.Service(addService(1).Service.ServiceKey)
	remove := on(ipvs.DeleteDestination, 1, "10.0.0.1:80")
	for name, err := range map[string]error{
		"New": dialled, "Info": info, "Table": table, "Service": service,
		"Apply": client.Apply(addService(1)), "delete": client.Apply(remove), "Flush": client.Apply(ipvs.Op{Kind: ipvs.Flush}),
	} {
		if !errors.Is(err, ipvs.ErrNoModule) || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		var h interface{ Hint() string }
		if !errors.As(err, &h) || !strings.HasSuffix(h.Hint(), "modprobe ip_vs") {
			t.Errorf("%s has no hint", name)
		}
	}
}

func TestNoPermission(t *testing.T) {
	kernel := ipvstest.New()
	kernel.Deny()
	client := kernel.Client()
	_, table := client.Table()
	for _, err := range []error{table, client.Apply(addService(1))} {
		if !errors.Is(err, ipvs.ErrPermission) || !errors.Is(err, os.ErrPermission) {
			t.Errorf("got %v", err)
		}
	}
}

func TestClientsInManyGoroutines(t *testing.T) {
	kernel := ipvstest.New()
	client := kernel.Client()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := client.Apply(addService(i)); err != nil {
				t.Error(err)
			}
			if _, err := client.Service(addService(i).Service.ServiceKey); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(kernel.Table()); got != 20 {
		t.Errorf("%d services", got)
	}
}
