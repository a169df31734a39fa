package packet

import (
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// packetOf reads an IP packet that keepalived 2.2.7 (2.4.3 for what it lacks) sent.
func packetOf(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
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
	d, why := parseIP(packetOf(t, name))
	if why != Accepted {
		t.Fatalf("%s: %v", name, why)
	}
	return d
}

// parseIP does for IPv6 what the kernel does before it delivers.
func parseIP(p []byte) (Datagram, DropReason) {
	const header = 40
	if len(p) < header || p[0]>>4 != 6 {
		return ParseIPv4(p)
	}
	return Datagram{
		Path: Path{
			Source: netip.AddrFrom16([16]byte(p[8:])), Destination: netip.AddrFrom16([16]byte(p[24:])), TTL: p[7],
		},
		Message: p[header:],
	}, Accepted
}

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func compareAddrs() cmp.Option { return cmpopts.EquateComparable(netip.Addr{}) }

// golden is what each capture was configured as.
func golden() map[string]Advertisement {
	twenty := make([]netip.Addr, 20)
	for i := range twenty {
		twenty[i] = netip.AddrFrom4([4]byte{10, 77, 0, byte(50 + i)})
	}
	one, three := twenty[:1], addrs("10.77.0.50", "10.77.0.51", "192.0.2.7")
	six := addrs("fe80::77:50", "fd77::50")
	with := func(base Advertisement, change func(*Advertisement)) Advertisement {
		change(&base)
		return base
	}
	v2 := Advertisement{Version: 2, ID: 51, Priority: 150, Interval: time.Second, Addresses: one}
	v3 := with(v2, func(a *Advertisement) { a.Version = 3 })
	v6 := with(v3, func(a *Advertisement) { a.Addresses = six })
	auth := func(auth Authentication) Advertisement {
		return with(v2, func(a *Advertisement) { a.Authentication = auth })
	}
	every := func(d time.Duration) Advertisement { return with(v3, func(a *Advertisement) { a.Interval = d }) }
	return map[string]Advertisement{
		"v2-noauth":       v2,
		"v2-pass8":        auth(PasswordAuthentication("s3cret12")),
		"v2-pass-short":   auth(PasswordAuthentication("abc")),
		"v2-pass-long":    auth(PasswordAuthentication("longpassword")),
		"v2-ah":           with(auth(KeyAuthentication("s3cret12")), func(a *Advertisement) { a.Sequence = 1 }),
		"v2-owner":        with(v2, func(a *Advertisement) { a.Priority = 255 }),
		"v2-adv3":         with(v2, func(a *Advertisement) { a.Interval = 3 * time.Second }),
		"v2-20vips":       with(v2, func(a *Advertisement) { a.Addresses = twenty }),
		"v2-3vips":        with(v2, func(a *Advertisement) { a.Priority, a.Addresses = 200, three }),
		"v2-unicast":      v2,
		"v2-unicast-pass": auth(PasswordAuthentication("s3cret12")),
		"v2-ipv6":         with(v6, func(a *Advertisement) { a.Version = 2 }),
		"v3-ipv4":         v3,
		"v3-ipv4-10cs":    every(100 * time.Millisecond),
		"v3-ipv4-1cs":     every(10 * time.Millisecond),
		"v3-ipv4-max":     with(every(40950*time.Millisecond), func(a *Advertisement) { a.Priority = 255 }),
		"v3-ipv4-3vips":   with(v3, func(a *Advertisement) { a.Addresses = three }),
		"v3-unicast":      v3,
		"v3-ipv4-csum-as-v2": with(v3, func(a *Advertisement) {
			a.Checksum = MessageOnly
		}),
		"v3-ipv6":         v6,
		"v3-ipv6-owner":   with(v6, func(a *Advertisement) { a.Priority = 255 }),
		"v3-ipv6-unicast": v6,
	}
}

// policyOf is that of another router of what sends a.
func policyOf(a Advertisement, p Path) Policy {
	policy := Policy{
		Version: a.Version, Family: FamilyOf(p.Source), Interval: a.Interval, Authentication: a.Authentication,
		Self: netip.MustParseAddr("10.77.0.9"), Group: Group(FamilyOf(p.Source)),
	}
	if !p.Destination.IsMulticast() {
		policy.Self, policy.Peers = p.Destination, []Peer{{Addr: p.Source}}
	}
	return policy
}

// Each capture is accepted as what was configured, and written again to the byte.
func TestGoldenPackets(t *testing.T) {
	for name, want := range golden() {
		t.Run(name, func(t *testing.T) {
			d := datagramOf(t, name)
			got, why := policyOf(want, d.Path).Accept(d)
			if why != Accepted {
				t.Fatalf("dropped: %v", why)
			}
			wire := want
			wire.Authentication = want.Authentication.onWire()
			if diff := cmp.Diff(wire, got, compareAddrs()); diff != "" {
				t.Errorf("advertisement (-want +got):\n%s", diff)
			}
			p, b, err := packetOf(t, name), []byte(nil), error(nil)
			if d.Source.Is6() {
				p = d.Message
				b, err = want.Append(nil, d.Path)
			} else {
				b, err = want.AppendIPv4(nil, d.Path)
				forKernel(p, want.Authentication.Type)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(hex.EncodeToString(p), hex.EncodeToString(b)); diff != "" {
				t.Errorf("packet (-want +got):\n%s", diff)
			}
		})
	}
}

// forKernel clears what the kernel fills in.
func forKernel(p []byte, auth AuthType) {
	clear(p[headerChecksumAt : headerChecksumAt+2])
	if auth != HeaderAuthentication {
		clear(p[identificationAt : identificationAt+2])
	}
}

// The vectors of one message in the three schools.
func TestChecksumForms(t *testing.T) {
	a := Advertisement{Version: 3, ID: 51, Priority: 150, Interval: time.Second, Addresses: addrs("10.77.0.50")}
	for _, c := range []struct {
		form ChecksumForm
		to   string
		want string
	}{
		{PseudoHeader, "224.0.0.18", "430b"},
		{PseudoHeader, "10.77.0.2", "18cf"},
		{GroupPseudoHeader, "10.77.0.2", "430b"},
		{MessageOnly, "10.77.0.2", "2de8"},
		{MessageOnly, "224.0.0.18", "2de8"},
	} {
		a.Checksum = c.form
		p := Path{Source: netip.MustParseAddr("10.77.0.1"), Destination: netip.MustParseAddr(c.to), TTL: 255}
		m, err := a.Append(nil, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(m[6:8]); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.form, c.to, got, c.want)
		}
		got, why := Parse(Datagram{Path: p, Message: m})
		if why != Accepted || got.Checksum != c.form {
			t.Errorf("%s to %s is read as %s, %s", c.form, c.to, got.Checksum, why)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	four, six := addrs("10.0.0.1"), addrs("fe80::1")
	for name, a := range map[string]Advertisement{
		"no address":            {Version: 2, Interval: time.Second},
		"256 addresses":         {Version: 2, Interval: time.Second, Addresses: make([]netip.Addr, 256)},
		"IPv6 in IPv4":          {Version: 3, Interval: time.Second, Addresses: six},
		"mixed":                 {Version: 3, Interval: time.Second, Addresses: append(four, six...)},
		"no such address":       {Version: 3, Interval: time.Second, Addresses: make([]netip.Addr, 1)},
		"version 4":             {Version: 4, Interval: time.Second, Addresses: four},
		"v2 half a second":      {Version: 2, Interval: time.Second / 2, Addresses: four},
		"v2 256 seconds":        {Version: 2, Interval: 256 * time.Second, Addresses: four},
		"v2 negative interval":  {Version: 2, Interval: -time.Second, Addresses: four},
		"v3 5 ms":               {Version: 3, Interval: 5 * time.Millisecond, Addresses: four},
		"v3 40.96 s":            {Version: 3, Interval: 40960 * time.Millisecond, Addresses: four},
		"v3 with password":      {Version: 3, Interval: time.Second, Addresses: four, Authentication: PasswordAuthentication("x")},
		"v3 with header":        {Version: 3, Interval: time.Second, Addresses: four, Authentication: KeyAuthentication("x")},
		"v3 negative, in reach": {Version: 3, Interval: -time.Second, Addresses: four},
	} {
		b, err := a.AppendIPv4([]byte{1}, Path{Source: four[0], Destination: Group(IPv4), TTL: 255})
		if err == nil || len(b) != 1 {
			t.Errorf("%s: error %v, %d bytes", name, err, len(b))
		}
	}
}

// An advertisement goes out at least once a second for each of hundreds of routers.
func TestAppendDoesNotAllocate(t *testing.T) {
	b := make([]byte, 0, 200)
	for name, a := range golden() {
		if a.Authentication.Type == HeaderAuthentication {
			continue // its hash allocates
		}
		path := datagramOf(t, name).Path
		write := a.AppendIPv4
		if path.Source.Is6() {
			write = a.Append
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = write(b, path) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
