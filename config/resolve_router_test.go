package config

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// inLine is a place in a file of a test.
func inLine(n int32) Position { return Position{File: "l.yaml", Line: n, Column: 1} }

// completeRouter is a router that nothing is wrong with.
func completeRouter(name string, id uint8) VirtualRouter {
	return VirtualRouter{
		Name: Write(name, inLine(1)), Interface: Write("eth0", inLine(2)), ID: Write(id, inLine(3)), Where: inLine(1),
		Addresses: []VirtualAddress{{Prefix: Write(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, id}), 24), inLine(4)), Where: inLine(4)}},
	}
}

// TestStrict tells what keepalived would put right: as a warning with what it
// makes of it, and strictly as an error.
func TestStrict(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config, *VirtualRouter)
		want   string
	}{
		{"master without priority", func(_ *Config, v *VirtualRouter) { v.State = Write(StateMaster, inLine(5)) }, "without priority"},
		{"fractional interval", func(_ *Config, v *VirtualRouter) { v.AdvertInterval = Write(1500*time.Millisecond, inLine(5)) }, "whole seconds"},
		{"preempt and master", func(_ *Config, v *VirtualRouter) {
			v.State, v.Priority, v.Preempt = Write(StateMaster, inLine(5)), Write(uint8(100), inLine(6)), Write(false, inLine(7))
		}, "state MASTER"},
		{"password in version 3", func(_ *Config, v *VirtualRouter) {
			v.Version, v.Authentication = Write(uint8(3), inLine(5)), &Authentication{Type: Write(AuthPass, inLine(6)), Password: Write(Secret("a"), inLine(7)), Where: inLine(6)}
		}, "no authentication"},
		{"two families", func(_ *Config, v *VirtualRouter) {
			v.Addresses = append(v.Addresses, VirtualAddress{Prefix: Write(netip.MustParsePrefix("fd00::1/64"), inLine(5)), Where: inLine(5)})
		}, "not IPv4"},
		{"multicast group and peers", func(_ *Config, v *VirtualRouter) {
			v.MulticastGroup = Write(netip.MustParseAddr("224.0.0.9"), inLine(5))
			v.Unicast.Peers = []UnicastPeer{{Address: Write(netip.MustParseAddr("10.0.0.9"), inLine(6)), Where: inLine(6)}}
		}, "multicast group"},
		{"a source without peers", func(_ *Config, v *VirtualRouter) {
			v.Unicast.Source = Write(netip.MustParseAddr("10.0.0.9"), inLine(5))
		}, "without peers"},
		{"own interface", func(_ *Config, v *VirtualRouter) {
			v.Track.Interfaces = []Tracked{{Name: Write("eth0", inLine(5)), Where: inLine(5)}}
		}, "tracks anyway"},
		{"same name", func(c *Config, _ *VirtualRouter) { c.VirtualRouters = append(c.VirtualRouters, completeRouter("V", 2)) }, "second"},
		{"unknown member", func(c *Config, _ *VirtualRouter) {
			c.SyncGroups = []SyncGroup{{Name: Write("G", inLine(9)), Members: []Text{Write("V", inLine(9)), Write("W", inLine(9))}, Where: inLine(9)}}
		}, "does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, strict := range []bool{false, true} {
				cfg := &Config{VirtualRouters: []VirtualRouter{completeRouter("V", 1)}}
				c.change(cfg, &cfg.VirtualRouters[0])
				ds := Resolve(cfg, Options{Strict: strict})
				severity := map[bool]Severity{false: Warning, true: Error}[strict]
				if !said(ds, severity, c.want) || strict == (ds.Err() == nil) {
					t.Errorf("strict %t: %v", strict, ds)
				}
			}
		})
	}
}

func said(ds Diagnostics, s Severity, what string) bool {
	for _, d := range ds {
		if d.Severity == s && strings.Contains(d.Message, what) {
			return true
		}
	}
	return false
}

// TestComplete tells what no router can do without.
func TestComplete(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config, *VirtualRouter)
		want   string
	}{
		{"nothing", func(*Config, *VirtualRouter) {}, ""},
		{"interface", func(_ *Config, v *VirtualRouter) { v.Interface.Clear() }, "no interface"},
		{"ID", func(_ *Config, v *VirtualRouter) { v.ID.Clear() }, "no virtual_router_id"},
		{"addresses", func(_ *Config, v *VirtualRouter) { v.Addresses = nil }, "no addresses"},
		{"addresses, deliberately", func(_ *Config, v *VirtualRouter) { v.Addresses, v.NoAddresses = nil, Write(true, inLine(5)) }, ""},
		{"same ID", func(c *Config, _ *VirtualRouter) { c.VirtualRouters = append(c.VirtualRouters, completeRouter("W", 1)) }, "same virtual_router_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := &Config{VirtualRouters: []VirtualRouter{completeRouter("V", 1)}}
			c.change(cfg, &cfg.VirtualRouters[0])
			ds := Resolve(cfg, Options{Strict: true})
			if (c.want == "") != (ds.Err() == nil) || c.want != "" && !said(ds, Error, c.want) {
				t.Errorf("%v", ds)
			}
		})
	}
}

// TestMissingTracker tells that a tracker that nobody defined keeps a router from
// becoming master, unless it is to be as with keepalived.
func TestMissingTracker(t *testing.T) {
	for _, c := range []struct {
		name             string
		weight           Value[int32]
		compat           bool
		tracked, missing bool
		faults           int
	}{
		{"fails the router", Value[int32]{}, false, true, true, 1},
		{"weight 0 too", Write(int32(0), inLine(5)), false, true, true, 1},
		{"changes the priority", Write(int32(-20), inLine(5)), false, true, true, 0},
		{"as keepalived", Value[int32]{}, true, false, false, 0},
		{"as keepalived, with weight", Write(int32(-20), inLine(5)), true, false, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := completeRouter("V", 1)
			v.Track.Scripts = []Tracked{{Name: Write("chk", inLine(5)), Weight: c.weight, Where: inLine(5)}}
			cfg := &Config{VirtualRouters: []VirtualRouter{v}}
			ds := Resolve(cfg, Options{KeepalivedCompat: c.compat})
			got := cfg.VirtualRouters[0]
			list := got.Track.Scripts
			if len(got.Faults) != c.faults || (len(list) == 1) != c.tracked || len(list) == 1 && list[0].Missing != c.missing {
				t.Errorf("%+v, faults %v", list, got.Faults)
			}
			if !said(ds, Warning, `script "chk", which is not defined`) {
				t.Errorf("said %v", ds)
			}
		})
	}
}
