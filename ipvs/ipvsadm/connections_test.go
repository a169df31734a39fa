package ipvsadm_test

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

var oneConnection = ipvs.Connection{
	Protocol: "UDP", State: "ASSURED", Expires: 42 * time.Second, PE: "sip", PEData: strings.Repeat("c", 400),
	Client: netip.MustParseAddrPort("10.9.0.2:0"), Virtual: netip.MustParseAddrPort("10.9.0.100:5060"),
	Destination: netip.MustParseAddrPort("10.8.0.3:5060"),
}

// times gives a connection so often, and then an error, if there is one.
func times(n int, c ipvs.Connection, err error) iter.Seq2[ipvs.Connection, error] {
	return func(yield func(ipvs.Connection, error) bool) {
		for range n {
			if !yield(c, nil) {
				return
			}
		}
		if err != nil {
			yield(ipvs.Connection{}, err)
		}
	}
}

// A Call-ID of 400 bytes, which a client may send, makes ipvsadm crash.
func TestConnectionWithLongData(t *testing.T) {
	var got bytes.Buffer
	l := ipvsadm.Listing{Numeric: true, Format: ipvsadm.PersistentFormat}
	if err := ipvsadm.RenderConnections(l, times(1, oneConnection, nil), nil, &got); err != nil {
		t.Fatal(err)
	}
	want := "IPVS connection entries\n" +
		"pro expire state       source             virtual            destination        pe name          pe_data\n" +
		"UDP 00:42  ASSURED     10.9.0.2:0         10.9.0.100:5060    10.8.0.3:5060    sip                " + oneConnection.PEData + "\n"
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestConnectionsThatCannotBeRead(t *testing.T) {
	for words, err := range map[string]error{
		"cannot open file /proc/net/ip_vs_conn":      os.ErrNotExist,
		"unexpected input from /proc/net/ip_vs_conn": io.ErrUnexpectedEOF,
	} {
		var got bytes.Buffer
		said := ipvsadm.RenderConnections(ipvsadm.Listing{}, times(0, oneConnection, err), nil, &got)
		if said == nil || !strings.HasPrefix(said.Error(), words) || !errors.Is(said, err) || got.Len() > 0 {
			t.Errorf("printed %q, error %v, want %s", got.String(), said, words)
		}
	}
}

// What was read before an error is printed.
func TestConnectionsThatBreakOff(t *testing.T) {
	broken := errors.New("broken")
	var got bytes.Buffer
	err := ipvsadm.RenderConnections(ipvsadm.Listing{Numeric: true}, times(2, oneConnection, broken), nil, &got)
	if !errors.Is(err, broken) || strings.Count(got.String(), "\n") != 4 {
		t.Errorf("printed %q, error %v", got.String(), err)
	}
}

// chunks remembers the longest piece that was written, and fails after so many.
type chunks struct{ count, longest, total, failAt int }

func (c *chunks) Write(b []byte) (int, error) {
	if c.count++; c.count == c.failAt {
		return 0, os.ErrClosed
	}
	c.longest, c.total = max(c.longest, len(b)), c.total+len(b)
	return len(b), nil
}

// A million connections are not kept.
func TestConnectionsAreWrittenAsTheyCome(t *testing.T) {
	var w chunks
	l := ipvsadm.Listing{Numeric: true}
	if err := ipvsadm.RenderConnections(l, times(100000, oneConnection, nil), nil, &w); err != nil {
		t.Fatal(err)
	}
	if w.longest > 64<<10 || w.total < 6_000_000 {
		t.Errorf("%d bytes, up to %d at once", w.total, w.longest)
	}
	w = chunks{failAt: 3}
	if err := ipvsadm.RenderConnections(l, times(100000, oneConnection, nil), nil, &w); !errors.Is(err, os.ErrClosed) || w.count != 3 {
		t.Errorf("%v after %d writes", err, w.count)
	}
}
