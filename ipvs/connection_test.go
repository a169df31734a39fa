package ipvs

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const connectionTitle = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"

// procConn is a connection to a kernel that only has a file of /proc/net.
type procConn struct {
	Conn
	text io.Reader
}

func (c procConn) Proc(name string) (io.Reader, error) {
	if c.text == nil || name != "ip_vs_conn" {
		return nil, os.ErrNotExist
	}
	return c.text, nil
}

func collect(text io.Reader) (all []Connection, err error) {
	c := &Client{conn: procConn{text: text}}
	for connection, err := range c.Connections() {
		if err != nil {
			return all, err
		}
		all = append(all, connection)
	}
	return all, nil
}

func TestConnections(t *testing.T) {
	longID := strings.Repeat("x", 5000)
	got, err := collect(strings.NewReader(connectionTitle +
		"TCP 0A090002 4E85 0A090064 0050 0A080002 1F90 TIME_WAIT       102\n" +
		"\n" +
		"UDP fd00:0009:0000:0000:0000:0000:0000:0000 0000 fd00:0009:0000:0000:0000:0000:0000:0100 13C4 0A080003 13C4 ASSURED         42 sip " + longID + "\n" +
		"IP  10.9.0.2 0000 00000001 0000 10.8.0.3 0000 ASSURED       -5 sip\n" +
		"AH 0A090002"))
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort
	want := []Connection{
		{Protocol: "TCP", Client: at("10.9.0.2:20101"), Virtual: at("10.9.0.100:80"), Destination: at("10.8.0.2:8080"), State: "TIME_WAIT", Expires: 102 * time.Second},
		{Protocol: "UDP", Client: at("[fd00:9::]:0"), Virtual: at("[fd00:9::100]:5060"), Destination: at("10.8.0.3:5060"), State: "ASSURED", Expires: 42 * time.Second, PE: "sip", PEData: longID},
		{Protocol: "IP", Client: at("10.9.0.2:0"), Virtual: at("0.0.0.1:0"), Destination: at("10.8.0.3:0"), State: "ASSURED", Expires: (1<<32 - 5) * time.Second, PE: "sip"},
		{Protocol: "AH", Client: at("10.9.0.2:0"), Virtual: at("0.0.0.0:0"), Destination: at("0.0.0.0:0")},
	}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestConnectionsErrors(t *testing.T) {
	good := "TCP 0A090002 4E85 0A090064 0050 0A080002 1F90 TIME_WAIT       102\n"
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		text io.Reader
		is   error
		says string
		read int
	}{
		"no file":        {text: nil, is: os.ErrNotExist},
		"empty file":     {text: strings.NewReader(""), is: io.ErrUnexpectedEOF},
		"breaks":         {text: io.MultiReader(strings.NewReader(connectionTitle+good), errReader{broken}), is: broken, read: 1},
		"breaks at once": {text: errReader{broken}, is: broken},
		"address":        {text: strings.NewReader(connectionTitle + good + "\nTCP 0A09000 0000\n"), says: `line 4: "0A09000" is not an address`, read: 1},
		"dots":           {text: strings.NewReader(connectionTitle + "TCP 10.0.0 0000\n"), says: `line 2: "10.0.0" is not an address`},
		"zone":           {text: strings.NewReader(connectionTitle + "TCP fe80::1%eth0 0000\n"), says: `is not an address`},
		"port":           {text: strings.NewReader(connectionTitle + "TCP 0A090002 10000\n"), says: `"10000" is not a port`},
		"expiry":         {text: strings.NewReader(connectionTitle + "TCP 0A090002 0 0A090002 0 0A090002 0 NONE soon\n"), says: `"soon" is not a number of seconds`},
	} {
		got, err := collect(tt.text)
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) || len(got) != tt.read {
			t.Errorf("%s: %d connections, then %v", name, len(got), err)
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// endless is a connection table without end.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for line := "TCP 0A090002 4E85 0A090064 0050 0A080002 1F90 TIME_WAIT       102\n"; len(b)-n >= len(line); {
		n += copy(b[n:], line)
	}
	e.read += n
	return n, nil
}

// Who breaks off gets no error, and no more is read than was used.
func TestConnectionsAreReadAsTheyAreUsed(t *testing.T) {
	text := &endless{}
	c := &Client{conn: procConn{text: text}}
	n := 0
	for _, err := range c.Connections() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10000 {
			break
		}
	}
	if n != 10000 || text.read > 10000*66+1<<16 {
		t.Errorf("%d connections out of %d bytes", n, text.read)
	}
}

func FuzzConnections(f *testing.F) {
	f.Add([]byte(connectionTitle + "TCP 0A090002 4E85 0A090064 0050 0A080002 1F90 TIME_WAIT       102\n"))
	f.Add([]byte(connectionTitle + "UDP fd00:0009:0000:0000:0000:0000:0000:0002 0 ::1 0 10.0.0.1 0 ASSURED -42 sip x y\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := collect(strings.NewReader(string(text)))
		if lines := strings.Count(string(text), "\n") + 1; len(all) > lines {
			t.Errorf("%d connections in %d lines, %v", len(all), lines, err)
		}
		for _, c := range all {
			if !c.Client.Addr().IsValid() || !c.Virtual.Addr().IsValid() || !c.Destination.Addr().IsValid() || c.Expires < 0 {
				t.Errorf("not a connection: %+v", c)
			}
		}
	})
}

func BenchmarkConnections(b *testing.B) {
	b.ReportAllocs()
	c := &Client{conn: procConn{text: &endless{}}}
	n := 0
	for _, err := range c.Connections() {
		if n++; err != nil || n > b.N {
			break
		}
	}
}
