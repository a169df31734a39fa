package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Secrets must not leave the process by a log or a status.
func TestPasswordIsNotPrinted(t *testing.T) {
	for _, auth := range []Authentication{PasswordAuthentication("s3cret12"), KeyAuthentication("s3cret12")} {
		a, p := Advertisement{Authentication: auth}, Policy{Authentication: auth}
		json, err := auth.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			fmt.Sprintf("%v", a), fmt.Sprintf("%+v", a), fmt.Sprintf("%#v", a), fmt.Sprintf("%+v", p), string(json),
		} {
			if strings.Contains(text, "s3cret") || strings.Contains(text, "115 51") || strings.Contains(text, "0x73") {
				t.Errorf("shown in %s", text)
			}
		}
	}
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
		{"ihl 4", func(p []byte) []byte { p[0] = 0x44; return p }, DropTruncated, 0},
		{"IP options (ihl 6)", func(p []byte) []byte { p[0] = 0x46; return p }, Accepted, 16},
		{"options beyond the end", func(p []byte) []byte { p[0] = 0x4f; return p }, DropTruncated, 0},
		{"IP total length longer", func(p []byte) []byte { p[3]++; return p }, DropTruncated, 0},
		{"IP total length within the header", func(p []byte) []byte { p[3] = 19; return p }, DropTruncated, 0},
		{"IP total length shorter than the packet", func(p []byte) []byte { p[3] = 24; return p }, Accepted, 4},
		{"bytes after the packet", func(p []byte) []byte { return append(p, 1, 2) }, Accepted, 20},
		{"UDP", func(p []byte) []byte { p[9] = 17; return p }, DropTruncated, 0},
		{"protocol 51 without AH", func(p []byte) []byte { p[9] = 51; return p }, DropHeader, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, why := ParseIPv4(c.change(packetOf(t, "v2-noauth")))
			if why != c.want || len(d.Message) != c.length {
				t.Errorf("%v, %d bytes; want %v, %d", why, len(d.Message), c.want, c.length)
			}
			want := Path{Source: netip.MustParseAddr("10.77.0.1"), Destination: Group(IPv4), TTL: 255}
			if why == Accepted && d.Path != want {
				t.Errorf("path %v", d.Path)
			}
		})
	}
}

func TestDropReasonsHaveNames(t *testing.T) {
	var d Drops
	for r := range d {
		d[r] = 1
	}
	if n := len(d.Named()); n != int(dropReasons) || DropFirstAddress.String() != "first-address" {
		t.Errorf("%d names for %d reasons; the last is %s", n, dropReasons, DropFirstAddress)
	}
}

// resum mends the checksum of a message that a test has changed.
func resum(d Datagram) {
	a := Advertisement{Version: d.Message[0] >> 4}
	d.Message[6], d.Message[7] = 0, 0
	binary.BigEndian.PutUint16(d.Message[6:], a.checksumOf(d.Message, d.Path))
}

// FuzzAccept: nothing panics, and what is accepted is written again as it came.
func FuzzAccept(f *testing.F) {
	files, err := filepath.Glob("testdata/*.hex")
	if err != nil || len(files) == 0 {
		f.Fatal("no packets", err)
	}
	for _, file := range files {
		f.Add(packetOf(f, strings.TrimSuffix(filepath.Base(file), ".hex")))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		d, why := parseIP(p)
		if why != Accepted {
			return
		}
		a, why := Parse(d)
		if why != Accepted {
			return
		}
		key := KeyAuthentication("s3cret12")
		if a.Authentication.Type == HeaderAuthentication {
			if a.Sequence, why = key.verify(d, 0); why != Accepted {
				return
			}
		}
		rewrite(t, a, d)
	})
}

func rewrite(t *testing.T, a Advertisement, d Datagram) {
	data := a.Authentication.Data
	if a.Authentication.Type == HeaderAuthentication && data != [8]byte{} {
		return // we write zeros there
	}
	b, err := a.Append(nil, d.Path)
	if err != nil {
		if a.Version == 2 && d.Source.Is6() && a.Authentication.Type != NoAuthentication {
			return // accepted by nobody
		}
		t.Fatalf("accepted, but not written: %v", err)
	}
	want := append([]byte(nil), d.Message[:len(b)]...)
	if a.Version == 3 {
		want[4] &= 0x0f // reserved
	} else if d.Source.Is6() {
		want[4] = b[4]
	}
	// What was cleared, and a sum with two zeros (0 and 0xffff are one), change it.
	clear(want[checksumAt : checksumAt+2])
	clear(b[checksumAt : checksumAt+2])
	if diff := cmp.Diff(want, b); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestLearn(t *testing.T) {
	for _, c := range []struct{ own, advertised, want time.Duration }{
		{time.Second, time.Second, time.Second},
		{time.Second, 10 * time.Millisecond, 10 * time.Millisecond},
		{time.Second, 40950 * time.Millisecond, 10 * time.Second},
		{3 * time.Second, 40950 * time.Millisecond, 30 * time.Second},
		{10 * time.Millisecond, 40950 * time.Millisecond, 10 * time.Second},
	} {
		if got := (Policy{Interval: c.own}).Learn(Advertisement{Interval: c.advertised}); got != c.want {
			t.Errorf("own %v, advertised %v: learnt %v, want %v", c.own, c.advertised, got, c.want)
		}
	}
}
