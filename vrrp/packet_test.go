package vrrp

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// packetOf reads an IPv4 packet that keepalived 2.2.7 sent (testdata/packets).
func packetOf(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "packets", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	_, digits, _ := strings.Cut(string(text), "\n") // the first line tells what it is
	b, err := hex.DecodeString(strings.ReplaceAll(digits, "\n", ""))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// datagramOf is such a packet as the transport delivers it.
func datagramOf(t testing.TB, name string) Datagram {
	t.Helper()
	d, why := parseIPv4(packetOf(t, name))
	if why != Accepted {
		t.Fatalf("%s: %v", name, why)
	}
	return d
}

var compareAddrs = cmpopts.EquateComparable(netip.Addr{})

// Each capture is read as what was configured, and written again to the byte.
func TestGoldenPackets(t *testing.T) {
	first := netip.MustParseAddr("10.77.0.50")
	one := []netip.Addr{first}
	twenty := make([]netip.Addr, 20)
	for i := range twenty {
		twenty[i] = netip.AddrFrom4([4]byte{10, 77, 0, byte(50 + i)})
	}
	base := Advertisement{ID: 51, Priority: 150, Interval: time.Second, Addresses: one}
	with := func(change func(*Advertisement)) Advertisement {
		a := base
		change(&a)
		return a
	}
	for name, want := range map[string]Advertisement{
		"v2-noauth":     base,
		"v2-pass8":      with(func(a *Advertisement) { a.Authentication = PasswordAuthentication("s3cret12") }),
		"v2-pass-short": with(func(a *Advertisement) { a.Authentication = PasswordAuthentication("abc") }),
		"v2-pass-long":  with(func(a *Advertisement) { a.Authentication = PasswordAuthentication("longpassword") }),
		"v2-owner":      with(func(a *Advertisement) { a.Priority = Owner }),
		"v2-adv3":       with(func(a *Advertisement) { a.Interval = 3 * time.Second }),
		"v2-20vips":     with(func(a *Advertisement) { a.Addresses = twenty }),
		"v2-3vips": with(func(a *Advertisement) {
			a.Priority = 200
			a.Addresses = []netip.Addr{first, netip.MustParseAddr("10.77.0.51"), netip.MustParseAddr("192.0.2.7")}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			d := datagramOf(t, name)
			got, why := Parse(d.Message)
			if why != Accepted {
				t.Fatalf("dropped: %v", why)
			}
			if diff := cmp.Diff(want, got, compareAddrs); diff != "" {
				t.Errorf("advertisement (-want +got):\n%s", diff)
			}
			b, err := want.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(hex.EncodeToString(d.Message), hex.EncodeToString(b)); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	one := []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	for name, a := range map[string]Advertisement{
		"no address":        {Interval: time.Second},
		"256 addresses":     {Interval: time.Second, Addresses: make([]netip.Addr, 256)},
		"IPv6":              {Interval: time.Second, Addresses: []netip.Addr{netip.MustParseAddr("fd00::1")}},
		"half a second":     {Interval: time.Second / 2, Addresses: one},
		"256 seconds":       {Interval: 256 * time.Second, Addresses: one},
		"negative interval": {Interval: -time.Second, Addresses: one},
	} {
		if _, err := a.Marshal(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The password must not leave the process by a log or a status.
func TestPasswordIsNotPrinted(t *testing.T) {
	a := Advertisement{Authentication: PasswordAuthentication("s3cret12")}
	json, err := a.Authentication.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v", a), fmt.Sprintf("%+v", a), fmt.Sprintf("%#v", a), string(json)} {
		if strings.Contains(text, "s3cret") || strings.Contains(text, "115 51") || strings.Contains(text, "0x73") {
			t.Errorf("shown in %s", text)
		}
	}
}

// TestAccept goes through vrrp.md section 5: how a router takes what others send.
func TestAccept(t *testing.T) {
	const self = "10.77.0.9"
	addr := netip.MustParseAddr
	// Each case changes the golden packet; sum mends the checksum afterwards.
	type change = func(*Datagram)
	edit := func(f func(m []byte)) change { return func(d *Datagram) { f(d.Message); sum(d.Message) } }
	cut := func(n int) change { return func(d *Datagram) { d.Message = d.Message[:n] } }
	pad := func(b ...byte) change { return func(d *Datagram) { d.Message = append(d.Message, b...) } }
	source := func(s string) change { return func(d *Datagram) { d.Source = addr(s) } }
	password := func(pw string) change {
		return edit(func(m []byte) { m[4] = 1; copy(m[len(m)-8:], append([]byte(pw), make([]byte, 8)...)) })
	}
	for _, c := range []struct {
		name   string
		packet string
		change change
		want   DropReason
	}{
		{"as it is", "v2-noauth", func(*Datagram) {}, Accepted},
		{"TTL 254", "v2-noauth", func(d *Datagram) { d.TTL = 254 }, DropTTL},
		{"TTL 1", "v2-noauth", func(d *Datagram) { d.TTL = 1 }, DropTTL},
		{"TTL before all else", "v2-noauth", func(d *Datagram) { d.TTL = 1; d.Message = nil }, DropTTL},
		{"own source", "v2-noauth", source(self), DropSource},
		{"source 0.0.0.0", "v2-noauth", source("0.0.0.0"), DropSource},
		{"source multicast", "v2-noauth", source("224.0.0.18"), DropSource},
		{"source loopback", "v2-noauth", source("127.0.0.1"), DropSource},
		{"source broadcast", "v2-noauth", source("255.255.255.255"), DropSource},
		{"source of another subnet", "v2-noauth", source("192.0.2.9"), Accepted},
		{"source link-local", "v2-noauth", source("169.254.1.1"), Accepted},
		{"empty", "v2-noauth", cut(0), DropShort},
		{"1 byte", "v2-noauth", cut(1), DropShort},
		{"7 bytes", "v2-noauth", cut(7), DropShort},
		{"header only", "v2-noauth", cut(8), DropShort},
		{"cut in the address", "v2-noauth", cut(10), DropShort},
		{"no authentication data", "v2-noauth", cut(12), DropShort},
		{"version 3", "v2-noauth", edit(func(m []byte) { m[0] = 0x31 }), DropVersion},
		{"version 0", "v2-noauth", edit(func(m []byte) { m[0] = 0x01 }), DropVersion},
		{"version 15", "v2-noauth", edit(func(m []byte) { m[0] = 0xf1 }), DropVersion},
		{"type 0", "v2-noauth", edit(func(m []byte) { m[0] = 0x20 }), DropType},
		{"type 2", "v2-noauth", edit(func(m []byte) { m[0] = 0x22 }), DropType},
		{"no address in the count", "v2-noauth", edit(func(m []byte) { m[3] = 0 }), DropNoAddress},
		{"255 addresses, one there", "v2-noauth", edit(func(m []byte) { m[3] = 255 }), DropShort},
		{"one address, three there", "v2-3vips", edit(func(m []byte) { m[3] = 1 }), DropLong},
		{"another address", "v2-noauth", edit(func(m []byte) { m[11]++ }), Accepted},
		{"more addresses", "v2-20vips", func(*Datagram) {}, Accepted},
		{"bad checksum", "v2-noauth", func(d *Datagram) { d.Message[6]++ }, DropChecksum},
		{"checksum 0", "v2-noauth", func(d *Datagram) { d.Message[6], d.Message[7] = 0, 0 }, DropChecksum},
		{"flipped address", "v2-noauth", func(d *Datagram) { d.Message[9] ^= 1 }, DropChecksum},
		{"zeros up to the smallest frame", "v2-noauth", pad(0, 0, 0, 0, 0, 0), Accepted},
		{"four zeros", "v2-noauth", pad(0, 0, 0, 0), Accepted},
		{"zeros beyond the smallest frame", "v2-noauth", pad(0, 0, 0, 0, 0, 0, 0), DropLong},
		{"four bytes that are no padding", "v2-noauth", pad(0, 0, 0, 1), DropLong},
		{"1000 zeros", "v2-noauth", pad(make([]byte, 1000)...), DropLong},
		{"zeros after a long message", "v2-3vips", pad(0, 0), DropLong},
		{"authentication type 1 for none", "v2-pass8", func(*Datagram) {}, DropAuthenticationType},
		{"authentication type 2", "v2-noauth", edit(func(m []byte) { m[4] = 2 }), DropAuthenticationType},
		{"authentication type 3", "v2-noauth", edit(func(m []byte) { m[4] = 3 }), DropAuthenticationType},
		{"data without authentication", "v2-noauth", edit(func(m []byte) { m[15] = 7 }), Accepted},
		{"interval 0", "v2-noauth", edit(func(m []byte) { m[5] = 0 }), DropInterval},
		{"interval 3", "v2-adv3", func(*Datagram) {}, DropInterval},
		{"interval 255", "v2-noauth", edit(func(m []byte) { m[5] = 255 }), DropInterval},
		{"priority 0", "v2-noauth", edit(func(m []byte) { m[2] = 0 }), Accepted},
		{"with password: right", "pass", password("s3cret12"), Accepted},
		{"with password: wrong", "pass", password("s3cret13"), DropPassword},
		{"with password: empty", "pass", password(""), DropPassword},
		{"with password: none", "pass", func(*Datagram) {}, DropAuthenticationType},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := RouterConfig{ID: 51, Parameters: Parameters{Interval: time.Second}}
			if c.packet == "pass" {
				c.packet, cfg.Authentication = "v2-noauth", PasswordAuthentication("s3cret12")
			}
			d := datagramOf(t, c.packet)
			c.change(&d)
			if _, got := cfg.accept(d, addr(self)); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func sum(m []byte) {
	m[6], m[7] = 0, 0
	binary.BigEndian.PutUint16(m[6:], checksum(m))
}

func TestParseIPv4(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p []byte) []byte
		want   DropReason
		length int
	}{
		{"as it is", func(p []byte) []byte { return p }, Accepted, 20},
		{"empty", func([]byte) []byte { return nil }, DropTruncated, 0},
		{"19 bytes", func(p []byte) []byte { return p[:19] }, DropTruncated, 0},
		{"IPv6", func(p []byte) []byte { p[0] = 0x65; return p }, DropTruncated, 0},
		{"header of 16 bytes", func(p []byte) []byte { p[0] = 0x44; return p }, DropTruncated, 0},
		{"options", func(p []byte) []byte { p[0] = 0x46; return p }, Accepted, 16},
		{"options beyond the end", func(p []byte) []byte { p[0] = 0x4f; return p }, DropTruncated, 0},
		{"total length beyond the end", func(p []byte) []byte { p[3]++; return p }, DropTruncated, 0},
		{"total length within the header", func(p []byte) []byte { p[3] = 19; return p }, DropTruncated, 0},
		{"bytes after the packet", func(p []byte) []byte { return append(p, 1, 2) }, Accepted, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, why := parseIPv4(c.change(packetOf(t, "v2-noauth")))
			if why != c.want || len(d.Message) != c.length {
				t.Errorf("%v, %d bytes; want %v, %d", why, len(d.Message), c.want, c.length)
			}
			if why == Accepted && (d.TTL != 255 || d.Source != netip.MustParseAddr("10.77.0.1")) {
				t.Errorf("TTL %d from %s", d.TTL, d.Source)
			}
		})
	}
}

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
		if got := own.sameAddresses(Advertisement{Addresses: c.list}); got != c.want {
			t.Errorf("%v: %v", c.list, got)
		}
	}
}

// FuzzParse: nothing panics, and what is accepted is written again as it came.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/packets/*.hex")
	if err != nil || len(files) == 0 {
		f.Fatal("no packets", err)
	}
	for _, file := range files {
		f.Add(packetOf(f, strings.TrimSuffix(filepath.Base(file), ".hex")))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		d, why := parseIPv4(p)
		if why != Accepted {
			return
		}
		a, why := Parse(d.Message)
		if why != Accepted {
			return
		}
		b, err := a.Marshal()
		if err != nil {
			t.Fatalf("accepted, but not written: %v", err)
		}
		// A checksum has two zeros: 0 and 0xffff are one number.
		want := append([]byte(nil), d.Message[:len(b)]...)
		if want[6] == 0xff && want[7] == 0xff {
			want[6], want[7] = b[6], b[7]
		}
		if diff := cmp.Diff(want, b); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
	})
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
		{"IPv6", with(func(c *RouterConfig) { c.Addresses = vips("fd00::1") }), "IPv4 addresses only"},
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
