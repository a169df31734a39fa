package packet

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// hostile is a packet that somebody sends to harm or by mistake, and what becomes of it.
type hostile struct {
	name   string
	packet string // the golden one that is changed
	change func(*Datagram)
	want   DropReason
}

func asItIs(*Datagram) {}

// edit changes the message and mends its checksum.
func edit(f func(m []byte)) func(*Datagram) {
	return func(d *Datagram) { f(d.Message); resum(*d) }
}

// raw changes the message and leaves the checksum as it was.
func raw(f func(m []byte)) func(*Datagram) { return func(d *Datagram) { f(d.Message) } }

func cut(n int) func(*Datagram) { return func(d *Datagram) { d.Message = d.Message[:n] } }

func pad(b ...byte) func(*Datagram) {
	return func(d *Datagram) { d.Message = append(slices.Clone(d.Message), b...) }
}

func ttl(n uint8) func(*Datagram) { return func(d *Datagram) { d.TTL = n } }

// from and to change the path, and the checksum where it covers that.
func from(s string) func(*Datagram) {
	return func(d *Datagram) { d.Source = netip.MustParseAddr(s); resum(*d) }
}

func to(s string) func(*Datagram) {
	return func(d *Datagram) { d.Destination = netip.MustParseAddr(s); resum(*d) }
}

// list sets the addresses of the message.
func list(a ...netip.Addr) func(*Datagram) {
	return func(d *Datagram) {
		old, _ := Parse(*d)
		old.Addresses = a
		d.Message, _ = old.Append(nil, d.Path)
	}
}

func run(t *testing.T, cases []hostile, policy func(*Policy)) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := datagramOf(t, c.packet)
			p := policyOf(Advertisement{Version: golden()[c.packet].Version, Interval: time.Second}, d.Path)
			policy(&p)
			c.change(&d)
			if _, got := p.Accept(d); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func many(n int) []netip.Addr {
	all := make([]netip.Addr, n)
	for i := range all {
		all[i] = netip.AddrFrom4([4]byte{10, 78, 0, byte(i)})
	}
	return all
}

// hostileIPv4 are those of both versions; the message is that of the named packet.
func hostileIPv4(packet string, full int) []hostile {
	return []hostile{
		{"as it is", packet, asItIs, Accepted},
		{"priority 255", packet, edit(func(m []byte) { m[2] = 255 }), Accepted},
		{"priority 0", packet, edit(func(m []byte) { m[2] = 0 }), Accepted},
		{"version 0", packet, edit(func(m []byte) { m[0] = 0x01 }), DropVersion},
		{"version 15", packet, edit(func(m []byte) { m[0] = 0xf1 }), DropVersion},
		{"type 0", packet, edit(func(m []byte) { m[0] &= 0xf0 }), DropType},
		{"type 2", packet, edit(func(m []byte) { m[0]++ }), DropType},
		{"type 15", packet, edit(func(m []byte) { m[0] |= 0x0f }), DropType},
		{"bad checksum", packet, raw(func(m []byte) { m[6]++ }), DropChecksum},
		{"checksum 0", packet, raw(func(m []byte) { m[6], m[7] = 0, 0 }), DropChecksum},
		{"flipped address", packet, raw(func(m []byte) { m[9] ^= 1 }), DropChecksum},
		{"naddr 0, no address", packet, func(d *Datagram) { cut(full - 4)(d); edit(func(m []byte) { m[3] = 0 })(d) }, DropNoAddress},
		{"naddr 255, one present", packet, edit(func(m []byte) { m[3] = 255 }), DropShort},
		{"naddr 0, one present", packet, edit(func(m []byte) { m[3] = 0 }), DropNoAddress},
		{"another VIP", packet, edit(func(m []byte) { m[11]++ }), Accepted},
		{"one VIP more", packet, list(many(2)...), Accepted},
		{"255 VIPs", packet, list(many(255)...), Accepted},
		{"empty payload", packet, cut(0), DropShort},
		{"truncated to 1 byte", packet, cut(1), DropShort},
		{"truncated to 7 bytes", packet, cut(7), DropShort},
		{"header only", packet, cut(8), DropShort},
		{"cut in the address", packet, cut(10), DropShort},
		{"4 trailing bytes", packet, pad(1, 2, 3, 4), DropLong},
		{"1000 trailing bytes", packet, pad(make([]byte, 1000)...), DropLong},
		{"padded to 60 byte frame", packet, pad(make([]byte, 26-full)...), Accepted},
		{"zeros beyond the smallest frame", packet, pad(make([]byte, 27-full)...), DropLong},
		{"source = own address", packet, from("10.77.0.9"), DropSource},
		{"source 0.0.0.0", packet, from("0.0.0.0"), DropSource},
		{"source 224.0.0.18", packet, from("224.0.0.18"), DropSource},
		{"source 127.0.0.1", packet, from("127.0.0.1"), DropSource},
		{"source 255.255.255.255", packet, from("255.255.255.255"), DropSource},
		{"source of the other family", packet, func(d *Datagram) { d.Source = netip.MustParseAddr("fe80::1") }, DropTruncated},
		{"source outside the subnet", packet, from("192.0.2.9"), Accepted},
		{"random bytes", packet, raw(func(m []byte) { copy(m, "\x91\xbb\xe0\x5c\x11\x80\x4e\x77\x3d") }), DropVersion},
	}
}

// hostileMulticast are those that depend on how the packet travels.
func hostileMulticast(packet string) []hostile {
	return []hostile{
		{"TTL 254", packet, ttl(254), DropTTL},
		{"TTL 1", packet, ttl(1), DropTTL},
		{"TTL before the message", packet, func(d *Datagram) { d.TTL = 1; d.Message = nil }, DropTTL},
		{"destination 10.77.0.9", packet, to("10.77.0.9"), DropDestination},
		{"destination 224.0.0.1", packet, to("224.0.0.1"), DropDestination},
		{"destination 255.255.255.255", packet, to("255.255.255.255"), DropDestination},
	}
}

func TestHostileV2(t *testing.T) {
	const packet = "v2-noauth"
	cases := append(hostileIPv4(packet, 20), hostileMulticast(packet)...)
	run(t, append(cases, []hostile{
		{"version 3", "v3-ipv4-3vips", asItIs, DropVersion},
		{"checksum with pseudo-header", packet, func(d *Datagram) {
			d.Message[6], d.Message[7] = 0, 0
			binary.BigEndian.PutUint16(d.Message[6:], Advertisement{Version: 3}.checksumOf(d.Message, d.Path))
		}, DropChecksum},
		{"one address, three there", "v2-3vips", edit(func(m []byte) { m[3] = 1 }), DropLong},
		{"zeros after a long message", "v2-3vips", pad(0, 0), DropLong},
		{"auth type 1, no password", packet, edit(func(m []byte) { m[4] = 1 }), DropAuthenticationType},
		{"auth type 2 without AH", packet, edit(func(m []byte) { m[4] = 2 }), DropAuthenticationType},
		{"auth type 3", packet, edit(func(m []byte) { m[4] = 3 }), DropAuthenticationType},
		{"a password for none", "v2-pass8", asItIs, DropAuthenticationType},
		{"AH for none", "v2-ah", asItIs, DropAuthenticationType},
		{"no authentication data (RFC 5798 style)", packet, cut(12), DropShort},
		{"authentication data not zero", packet, edit(func(m []byte) { m[15] = 7 }), Accepted},
		{"interval 0", packet, edit(func(m []byte) { m[5] = 0 }), DropInterval},
		{"interval 2", packet, edit(func(m []byte) { m[5] = 2 }), DropInterval},
		{"interval 255", packet, edit(func(m []byte) { m[5] = 255 }), DropInterval},
	}...), func(p *Policy) { p.Version = 2 })
}

func TestHostileV2Password(t *testing.T) {
	const packet = "v2-pass8"
	password := func(pw string) func(*Datagram) {
		return edit(func(m []byte) { copy(m[12:], append([]byte(pw), make([]byte, 8)...)) })
	}
	run(t, []hostile{
		{"right password", packet, asItIs, Accepted},
		{"wrong password", packet, password("s3cret13"), DropPassword},
		{"longer than ours", packet, password("s3cret1"), DropPassword},
		{"empty password", packet, password(""), DropPassword},
		{"auth type 0", packet, edit(func(m []byte) { m[4] = 0 }), DropAuthenticationType},
		{"auth type 2", packet, edit(func(m []byte) { m[4] = 2 }), DropAuthenticationType},
		{"auth type 9", packet, edit(func(m []byte) { m[4] = 9 }), DropAuthenticationType},
		{"interval 2 and a wrong password", packet, func(d *Datagram) { password("x")(d); edit(func(m []byte) { m[5] = 2 })(d) }, DropPassword},
	}, func(p *Policy) { p.Authentication = PasswordAuthentication("s3cret12") })
}

func TestHostileV2AH(t *testing.T) {
	const packet = "v2-ah"
	// seal makes a packet of a key holder.
	seal := func(sequence uint32) func(*Datagram) {
		return func(d *Datagram) {
			a := golden()[packet]
			a.Sequence = sequence
			p, _ := a.AppendIPv4(nil, d.Path)
			*d, _ = ParseIPv4(p)
		}
	}
	ah := func(f func(ah []byte)) func(*Datagram) { return func(d *Datagram) { f(d.ah()) } }
	last := func(n uint32) func(*Policy) {
		return func(p *Policy) {
			p.Authentication = KeyAuthentication("s3cret12")
			p.Sequences = map[netip.Addr]uint32{netip.MustParseAddr("10.77.0.1"): n, netip.MustParseAddr("10.77.0.2"): 99}
		}
	}
	run(t, []hostile{
		{"as it is", packet, asItIs, Accepted},
		{"valid", packet, seal(2), Accepted},
		{"bad ICV", packet, ah(func(ah []byte) { ah[12] ^= 1 }), DropICV},
		{"priority changed", packet, edit(func(m []byte) { m[2] = 255 }), DropICV},
		{"TTL changed", packet, func(d *Datagram) { d.Authenticated[8]-- }, DropICV},
		{"TTL counted down on the way to a peer", packet, func(d *Datagram) {
			d.Destination = netip.MustParseAddr("10.77.0.9")
			seal(2)(d)
			d.Authenticated[8]--
			d.Destination = Group(IPv4) // what the policy wants is not the matter here
		}, Accepted},
		{"TOS changed on the way", packet, func(d *Datagram) { d.Authenticated[1] = 0 }, Accepted},
		{"SPI is not the source address", packet, ah(func(ah []byte) { copy(ah[4:], "\x04\x03\x02\x01") }), DropSPI},
		{"no AH header (protocol 112)", packet, func(d *Datagram) { d.Authenticated = nil }, DropHeader},
		{"no authentication", "v2-noauth", asItIs, DropAuthenticationType},
		{"sequence 0xffffffff", packet, seal(0xffffffff), Accepted},
	}, last(0))
	run(t, []hostile{
		{"replay of the previous sequence number", packet, seal(7), DropSequence},
		{"replay of an older one", packet, seal(1), DropSequence},
		{"the next", packet, seal(8), Accepted},
		{"another source has its own sequence", packet, func(d *Datagram) {
			d.Source = netip.MustParseAddr("10.77.0.3")
			seal(1)(d)
		}, Accepted},
	}, last(7))
	for name, change := range map[string]func(p []byte) []byte{
		"next header 17": func(p []byte) []byte { p[20] = 17; return p },
		"AH length 5":    func(p []byte) []byte { p[21] = 5; return p },
		"AH header cut":  func(p []byte) []byte { p[3] = 24; return p },
	} {
		if _, why := ParseIPv4(change(packetOf(t, packet))); why != DropHeader {
			t.Errorf("%s: %v", name, why)
		}
	}
}

func TestHostileV3(t *testing.T) {
	const packet = "v3-ipv4"
	interval := func(cs uint16) func(*Datagram) {
		return edit(func(m []byte) { binary.BigEndian.PutUint16(m[4:], cs) })
	}
	cases := append(hostileIPv4(packet, 12), hostileMulticast(packet)...)
	run(t, append(cases, []hostile{
		{"version 2", "v2-3vips", asItIs, DropVersion},
		{"checksum without pseudo-header", "v3-ipv4-csum-as-v2", asItIs, Accepted},
		{"a trailer of auth_hmac that is not asked for", "v3-hmac", asItIs, DropLong},
		{"interval 0", packet, interval(0), DropIntervalZero},
		{"interval 0 with reserved bits", packet, interval(0xf000), DropIntervalZero},
		{"interval 1", packet, interval(1), Accepted},
		{"interval 4095", packet, interval(4095), Accepted},
		{"reserved bits set", packet, interval(0xf064), Accepted},
	}...), func(p *Policy) { p.Version = 3 })
}

func TestHostileV3IPv6(t *testing.T) {
	const packet = "v3-ipv6"
	cases := []hostile{
		{"as it is", packet, asItIs, Accepted},
		{"hop limit 254", packet, ttl(254), DropTTL},
		{"bad checksum", packet, raw(func(m []byte) { m[6]++ }), DropChecksum},
		{"checksum 0", packet, raw(func(m []byte) { m[6], m[7] = 0, 0 }), DropChecksum},
		{"checksum without pseudo-header", packet, raw(func(m []byte) {
			m[6], m[7] = 0, 0
			binary.BigEndian.PutUint16(m[6:], fold(sum(0, m)))
		}), DropChecksum},
		{"naddr 0", packet, edit(func(m []byte) { m[3] = 0 }), DropNoAddress},
		{"naddr 255, 2 present", packet, edit(func(m []byte) { m[3] = 255 }), DropShort},
		{"first address not link-local", packet, list(addrs("fd77::50", "fe80::77:50")...), DropFirstAddress},
		{"other addresses", packet, list(addrs("fe80::1", "fd77::1")...), Accepted},
		{"source global address", packet, from("fd77::2"), DropSource},
		{"source ::", packet, from("::"), DropSource},
		{"source ::1", packet, from("::1"), DropSource},
		{"source ff02::12", packet, from("ff02::12"), DropSource},
		{"source = own address", packet, from("fe80::77:ff:fe00:2"), DropSource},
		{"unicast destination", packet, to("fe80::77:ff:fe00:2"), DropDestination},
		{"destination ff02::1", packet, to("ff02::1"), DropDestination},
		{"interval 0", packet, edit(func(m []byte) { m[4], m[5] = 0, 0 }), DropIntervalZero},
		{"interval 4095", packet, edit(func(m []byte) { m[4], m[5] = 0x0f, 0xff }), Accepted},
		{"reserved bits set", packet, edit(func(m []byte) { m[4] |= 0xf0 }), Accepted},
		{"version 2", "v2-ipv6", asItIs, DropVersion},
		{"type 2", packet, edit(func(m []byte) { m[0] = 0x32 }), DropType},
		{"truncated to 7 bytes", packet, cut(7), DropShort},
		{"4 trailing bytes", packet, pad(0, 0, 0, 0), DropLong},
	}
	policy := func(p *Policy) { p.Version, p.Self = 3, netip.MustParseAddr("fe80::77:ff:fe00:2") }
	run(t, cases, policy)
	run(t, []hostile{{"a global address first, as we have it", packet, list(addrs("fd77::50")...), Accepted}},
		func(p *Policy) { policy(p); p.GlobalFirst = true })
}

func TestHostileUnicast(t *testing.T) {
	const packet = "v2-unicast"
	cases := slices.DeleteFunc(hostileIPv4(packet, 20), func(h hostile) bool {
		return h.name == "source = own address" // another one here
	})
	run(t, append(cases, []hostile{
		{"source = own address, unicast", packet, from("10.77.0.2"), DropSource},
		{"TTL 254", packet, ttl(254), Accepted},
		{"TTL 1", packet, ttl(1), Accepted},
		{"destination 224.0.0.18", packet, to("224.0.0.18"), DropDestination},
		{"destination 224.0.0.1", packet, to("224.0.0.1"), DropDestination},
		{"destination 255.255.255.255", packet, to("255.255.255.255"), DropDestination},
		{"checksum with 224.0.0.18 in the pseudo-header", "v3-unicast", asItIs, DropVersion},
	}...), func(p *Policy) { p.Version = 2 })
	run(t, []hostile{
		{"TTL in the limits", packet, ttl(250), Accepted},
		{"TTL below min_ttl", packet, ttl(249), DropUnicastTTL},
		{"TTL above max_ttl", packet, ttl(253), DropUnicastTTL},
		{"a stranger", packet, from("10.77.0.3"), DropPeer},
		{"a stranger with TTL 255", packet, func(d *Datagram) { ttl(255)(d); from("192.0.2.9")(d) }, DropPeer},
	}, func(p *Policy) { p.Peers[0].MinTTL, p.Peers[0].MaxTTL, p.KnownPeersOnly = 250, 252, true })
	run(t, []hostile{
		{"v3 as keepalived sends it", "v3-unicast", asItIs, Accepted},
		{"v3 with 224.0.0.18 in the pseudo-header", "v3-unicast", func(d *Datagram) {
			d.Message[6], d.Message[7] = 0x43, 0x0b
		}, Accepted},
		{"IPv6 with a hop limit of 64 and global addresses", "v3-ipv6-unicast", asItIs, Accepted},
	}, func(*Policy) {})
}
