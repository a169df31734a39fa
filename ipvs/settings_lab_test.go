//go:build lab

package ipvs_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vishvananda/netlink"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

func TestLabTimeouts(t *testing.T) {
	_, client := labtest.Kernel(t)
	check := func(want ipvs.Timeouts) {
		t.Helper()
		if got, err := client.Timeouts(); err != nil || got != want {
			t.Errorf("got %v, want %v, %v", got, want, err)
		}
	}
	set := func(v ipvs.Timeouts) {
		t.Helper()
		if err := client.Apply(ipvs.Op{Kind: ipvs.SetTimeouts, Timeouts: &v}); err != nil {
			t.Error(err)
		}
	}
	check(ipvs.Timeouts{TCP: 15 * time.Minute, TCPFin: 2 * time.Minute, UDP: 5 * time.Minute})
	set(ipvs.Timeouts{TCP: 7200 * time.Second, TCPFin: 11 * time.Second, UDP: 12 * time.Second})
	check(ipvs.Timeouts{TCP: 7200 * time.Second, TCPFin: 11 * time.Second, UDP: 12 * time.Second})
	set(ipvs.Timeouts{TCPFin: 30 * time.Second}) // zero leaves a value as it is
	check(ipvs.Timeouts{TCP: 7200 * time.Second, TCPFin: 30 * time.Second, UDP: 12 * time.Second})
	if _, other := labtest.Kernel(t); other != nil {
		if got, err := other.Timeouts(); err != nil || got.TCP != 15*time.Minute {
			t.Errorf("another namespace has %v, %v", got, err)
		}
	}
}

// director is a host on a network of its own, with a client in it.
func director(t *testing.T) (*lab.Host, *ipvs.Client) {
	t.Helper()
	network, err := lab.NewNetwork()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Close() })
	host, err := network.AddHost("director", netip.MustParsePrefix("10.9.0.1/24"), netip.MustParsePrefix("2001:db8:9::1/64"))
	if err != nil {
		t.Fatal(err)
	}
	return host, labtest.Dial(t, host.Namespace)
}

func TestLabDaemons(t *testing.T) {
	_, client := director(t)
	apply := func(kind ipvs.OpKind, d ipvs.Daemon, want error) {
		t.Helper()
		if err := client.Apply(ipvs.Op{Kind: kind, Daemon: &d}); !errors.Is(err, want) {
			t.Errorf("%v %v: got %v, want %v", kind, d, err, want)
		}
	}
	list := func(want ...ipvs.Daemon) {
		t.Helper()
		got, err := client.Daemons()
		if d := gocmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); d != "" || err != nil {
			t.Errorf("%v\n- want, + got:\n%s", err, d)
		}
	}
	group := netip.MustParseAddr("224.0.0.81")
	master := ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "eth0"}
	backup := ipvs.Daemon{
		Role: ipvs.BackupDaemon, Interface: "eth0", SyncID: 255, MaxLength: 1100,
		Group: netip.MustParseAddr("239.1.2.3"), Port: 8849, TTL: 7,
	}
	list()
	apply(ipvs.StopDaemon, master, ipvs.ErrNoDaemon)
	apply(ipvs.StartDaemon, ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "nosuch0"}, ipvs.ErrNoInterface)
	list()

	apply(ipvs.StartDaemon, master, nil)
	chosen := ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "eth0", MaxLength: 1472, Group: group, Port: 8848, TTL: 1}
	list(chosen)
	apply(ipvs.StartDaemon, backup, nil)
	list(chosen, backup)
	apply(ipvs.StartDaemon, backup, ipvs.ErrDaemonRuns)

	// A backup that is stopped before it has run: the kernel never answers that.

	apply(ipvs.StopDaemon, master, nil)
	list(backup)
	apply(ipvs.StopDaemon, backup, nil)
	list()

	v6 := backup
	v6.Group = netip.MustParseAddr("ff02::81")
	apply(ipvs.StartDaemon, v6, nil)
	list(v6)
	apply(ipvs.StopDaemon, ipvs.Daemon{Role: ipvs.BackupDaemon, SyncID: 255}, nil)
	list()

	// A backup takes messages of 1024 bytes in any case; a master may send shorter ones.
	short := backup
	short.MaxLength = 500
	apply(ipvs.StartDaemon, short, nil)
	short.MaxLength = 1024
	shortMaster := backup
	shortMaster.Role, shortMaster.MaxLength = ipvs.MasterDaemon, 500
	apply(ipvs.StartDaemon, shortMaster, nil)
	list(shortMaster, short)
}

// A server of another family than its service and a sync daemon rule each other out.
func TestLabMixedFamilyAndDaemon(t *testing.T) {
	_, client := director(t)
	mixed := on(ipvs.AddDestination, 1, "[2001:db8::2]:80")
	mixed.Destination.Method = ipvs.Tunnel
	start := ipvs.Op{Kind: ipvs.StartDaemon, Daemon: &ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "eth0"}}
	stop := start
	stop.Kind = ipvs.StopDaemon
	if err := client.Apply(addService(1), start); err != nil {
		t.Fatal(err)
	}
	if err := client.Apply(mixed); !errors.Is(err, ipvs.ErrInvalid) {
		t.Errorf("a server of another family beside a daemon: %v", err)
	}
	if err := client.Apply(stop, mixed); err != nil { // in this order
		t.Fatal(err)
	}
	if err := client.Apply(start); !errors.Is(err, ipvs.ErrInvalid) {
		t.Errorf("a daemon beside a server of another family: %v", err)
	}
}

// Real packets are counted, and the counters of one service or of all are set to
// zero, while the connections stay.
func TestLabZero(t *testing.T) {
	host, client := director(t)
	err := host.Do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.AddrAdd(lo, &netlink.Addr{IPNet: &net.IPNet{IP: net.IPv4(10, 1, 0, 1), Mask: net.CIDRMask(16, 32)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	var ops []ipvs.Op
	for n := 1; n <= 2; n++ {
		add, server := addService(n), on(ipvs.AddDestination, n, "127.0.0.1:9")
		add.Service.Address = netip.AddrPortFrom(add.Service.Address.Addr(), 9)
		add.Service.Protocol = ipvs.UDP
		server.Service, server.Destination.Weight = add.Service, 1
		ops = append(ops, add, server)
	}
	if err := client.Apply(ops...); err != nil {
		t.Fatal(err)
	}
	err = host.Do(func() error {
		for _, to := range []string{"10.1.0.1:9", "10.1.0.2:9"} {
			conn, err := net.Dial("udp", to)
			if err != nil {
				return err
			}
			_, err = conn.Write([]byte("to be counted"))
			if err := errors.Join(err, conn.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The kernel adds its counters up every two seconds.
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		table, err := client.Table()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(table, func(s ipvs.ServiceEntry) bool {
			return s.Stats.PacketsIn == 0 || s.Destinations[0].Stats.PacketsIn == 0
		}) {
			break
		}
	}
	check := func(what string, counted ...uint64) {
		t.Helper()
		sameCounters(t, client)
		for n, want := range counted {
			s, err := client.Service(ops[2*n].Service.ServiceKey)
			if err != nil {
				t.Fatal(err)
			}
			d := s.Destinations[0]
			if s.Stats.Connections != want || s.Stats.PacketsIn != want || d.Stats.Connections != want || (s.Stats.BytesIn == 0) != (want == 0) {
				t.Errorf("%s: service %d counts %+v, its server %+v", what, n+1, s.Stats, d.Stats)
			}
			if d.InactiveConns != 1 {
				t.Errorf("%s: %d connections", what, d.InactiveConns)
			}
		}
	}
	check("after a packet to each", 1, 1)
	if err := client.Apply(ipvs.Op{Kind: ipvs.ZeroService, Service: ops[0].Service}); err != nil {
		t.Error(err)
	}
	check("first service zeroed", 0, 1)
	if err := client.Apply(ipvs.Op{Kind: ipvs.ZeroAll}); err != nil {
		t.Error(err)
	}
	check("all zeroed", 0, 0)
	if err := client.Apply(ipvs.Op{Kind: ipvs.ZeroService, Service: addService(9).Service}); !errors.Is(err, ipvs.ErrNoService) {
		t.Errorf("zero what is not there: %v", err)
	}
}

// sameCounters compares the counters that the two interfaces of the kernel tell.
func sameCounters(t *testing.T, client *ipvs.Client) {
	t.Helper()
	netlink, err := client.Read(ipvs.Complete)
	if err != nil {
		t.Fatal(err)
	}
	options, err := client.Read(ipvs.Configured)
	if err != nil {
		t.Fatal(err)
	}
	for i := range netlink {
		a, b := &netlink[i].Destinations[0], &options[i].Destinations[0]
		for _, d := range []*ipvs.DestinationEntry{a, b} { // rates may change meanwhile
			d.Stats.CPS, d.Stats.PPSIn, d.Stats.PPSOut, d.Stats.BPSIn, d.Stats.BPSOut = 0, 0, 0, 0, 0
		}
		if *a != *b {
			t.Errorf("by netlink %+v, by getsockopt %+v", *a, *b)
		}
	}
}
