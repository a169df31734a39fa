package cmd

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lvsctl/lvsctl/config/load"
	"github.com/lvsctl/lvsctl/vrrp"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// routersOf hands a configuration to vrrp.
func routersOf(t *testing.T, text string) (vrrp.Config, []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lvs.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, said, err := load.Load(file, load.Options{})
	if err != nil || said.Err() != nil {
		t.Fatal(err, said.Err())
	}
	routers, left := virtualRouters(c)
	var why []string
	for _, d := range left {
		why = append(why, d.Message)
	}
	return routers, why
}

func TestTransportOfRouters(t *testing.T) {
	addr := netip.MustParseAddr
	for _, c := range []struct {
		name, global, router, address string
		version                       uint8
		interval                      time.Duration
		auth                          packet.Authentication
		want                          vrrp.TransportConfig
	}{
		{
			name: "the usual", address: "10.0.0.1", version: 2, interval: time.Second,
			want: vrrp.TransportConfig{Group: addr("224.0.0.18")},
		},
		{
			name: "AH", router: "authentication {\n auth_type AH\n auth_pass k\n}", address: "10.0.0.1", version: 2, interval: time.Second,
			auth: packet.KeyAuthentication("k"), want: vrrp.TransportConfig{Group: addr("224.0.0.18")},
		},
		{
			name: "IPv6", global: "vrrp_mcast_group6 ff02::99", router: "advert_int 0.1", address: "fe80::1", version: 3, interval: 100 * time.Millisecond,
			want: vrrp.TransportConfig{Family: packet.IPv6, Group: addr("ff02::99")},
		},
		{
			name:   "multicast",
			router: "version 3\n mcast_dst_ip 239.0.0.1\n mcast_src_ip 10.0.0.9\n track_src_ip\n v3_checksum_as_v2\n kernel_rx_buf_size 4096", address: "10.0.0.1", version: 3, interval: time.Second,
			want: vrrp.TransportConfig{
				Group: addr("239.0.0.1"), Source: addr("10.0.0.9"), TrackSource: true, Checksum: packet.MessageOnly, ReceiveBuffer: 4096,
			},
		},
		{
			name:    "unicast",
			router:  "version 3\n unicast_src_ip 10.0.0.9\n unicast_ttl 64\n old_unicast_checksum\n unicast_peer {\n 10.0.0.8 min_ttl 60 max_ttl 70\n 10.0.0.7\n}",
			address: "10.0.0.1", version: 3, interval: time.Second,
			want: vrrp.TransportConfig{
				Group: addr("224.0.0.18"), Source: addr("10.0.0.9"), TTL: 64, CheckPeers: true, Checksum: packet.GroupPseudoHeader,
				Peers: []packet.Peer{{Addr: addr("10.0.0.8"), MinTTL: 60, MaxTTL: 70}, {Addr: addr("10.0.0.7")}},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			routers, left := routersOf(t, "global_defs {\n "+c.global+"\n log_unknown_vrids\n}\nvrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n "+
				c.router+"\n virtual_ipaddress {\n "+c.address+"\n }\n}\n")
			if len(routers.Routers) != 1 || !routers.LogUnknownIDs {
				t.Fatalf("%d routers, unknown ones told: %v; left out: %q", len(routers.Routers), routers.LogUnknownIDs, left)
			}
			got := routers.Routers[0]
			if diff := cmp.Diff(c.want, got.Transport, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("transport (-want +got):\n%s", diff)
			}
			if got.Version != c.version || got.Interval != c.interval || got.Authentication != c.auth {
				t.Errorf("version %d, interval %v, %v", got.Version, got.Interval, got.Authentication)
			}
			if err := vrrp.Validate(routers); err != nil {
				t.Error(err)
			}
		})
	}
}

// keepalived tells routers of one identifier apart by the group; lvsctl leaves one out.
func TestTwinsAreLeftOut(t *testing.T) {
	router := func(name, group, address string) string {
		return "vrrp_instance " + name + " {\n interface eth0\n virtual_router_id 51\n mcast_dst_ip " + group + "\n virtual_ipaddress {\n " + address + "\n }\n}\n"
	}
	routers, left := routersOf(t, router("VI_1", "224.0.0.18", "10.0.0.1")+router("VI_2", "239.0.0.1", "10.0.0.2")+router("VI_6", "ff02::12", "fe80::1"))
	if len(routers.Routers) != 2 || routers.Routers[1].Name != "VI_6" || len(left) != 1 || !strings.Contains(left[0], "VI_2 is left out") {
		t.Errorf("routers %v, left out %q", routers.Routers, left)
	}
}
