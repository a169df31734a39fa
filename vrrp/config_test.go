package vrrp

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/vrrp/packet"
)

func TestSameAddresses(t *testing.T) {
	own := RouterConfig{Parameters: Parameters{Addresses: vips("10.0.0.1", "10.0.0.2")}}
	addr := netip.MustParseAddr
	for _, c := range []struct {
		list []netip.Addr
		want bool
	}{
		{[]netip.Addr{addr("10.0.0.1"), addr("10.0.0.2")}, true},
		{[]netip.Addr{addr("10.0.0.2"), addr("10.0.0.1")}, true},
		{[]netip.Addr{addr("10.0.0.1")}, false},
		{[]netip.Addr{addr("10.0.0.1"), addr("10.0.0.3")}, false},
	} {
		if got := own.sameAddresses(packet.Advertisement{Addresses: c.list}); got != c.want {
			t.Errorf("%v: %v", c.list, got)
		}
	}
}

func TestValidate(t *testing.T) {
	good := RouterConfig{
		Name: "VI_1", Interface: "eth0", ID: 51,
		Parameters: Parameters{Priority: 100, Interval: time.Second, Addresses: vips("10.0.0.1")},
	}
	with := func(change func(*RouterConfig)) []RouterConfig {
		c := good
		change(&c)
		return []RouterConfig{c}
	}
	six := func(c *RouterConfig) {
		c.Version, c.Transport.Family, c.Addresses = 3, packet.IPv6, vips("fe80::1")
	}
	for _, c := range []struct {
		name    string
		configs []RouterConfig
		want    string
	}{
		{"good", []RouterConfig{good}, ""},
		{"same id elsewhere", append(with(func(c *RouterConfig) { c.Interface = "eth1" }), good), ""},
		{"same id", append(with(func(c *RouterConfig) { c.Name = "VI_2" }), good), "VI_2 and VI_1"},
		{"no interface", with(func(c *RouterConfig) { c.Interface = "" }), "VI_1: no interface"},
		{"id 0", with(func(c *RouterConfig) { c.ID = 0 }), "id must"},
		{"priority 0", with(func(c *RouterConfig) { c.Priority = 0 }), "priority must"},
		{"no addresses", with(func(c *RouterConfig) { c.Addresses = nil }), "0 addresses"},
		{"interval 0", with(func(c *RouterConfig) { c.Interval = 0 }), "interval 0s"},
		{"interval 1.5 s", with(func(c *RouterConfig) { c.Interval = 3 * time.Second / 2 }), "whole seconds"},
		{"IPv6 in IPv4", with(func(c *RouterConfig) { c.Addresses = vips("fd00::1") }), "address fd00::1 in a packet of IPv4"},
		{"same id, other family", append(with(six), good), ""},
		{"IPv6", with(six), ""},
		{"version 4", with(func(c *RouterConfig) { c.Version = 4 }), "VRRPv4"},
		{"v3 at 10 ms", with(func(c *RouterConfig) { c.Version, c.Interval = 3, 10*time.Millisecond }), ""},
		{"v3 at 41 s", with(func(c *RouterConfig) { c.Version, c.Interval = 3, 41*time.Second }), "centiseconds"},
		{"v3 at 0", with(func(c *RouterConfig) { c.Version, c.Interval = 3, 0 }), "interval 0s"},
		{"v3 with password", with(func(c *RouterConfig) { c.Version, c.Authentication = 3, packet.PasswordAuthentication("x") }), "no authentication"},
		{"IPv6 peer of IPv4", with(func(c *RouterConfig) { c.Transport.Peers = []packet.Peer{{Addr: netip.MustParseAddr("fd00::2")}} }), "address fd00::2 of an IPv4 router"},
		{"group that is none", with(func(c *RouterConfig) { c.Transport.Group = netip.MustParseAddr("10.0.0.9") }), "not a multicast group"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := Validate(Config{Routers: c.configs}); err != nil {
				got = err.Error()
			}
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
