package check_test

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/check"
)

// names plays the resolver.
type names map[string][]netip.Addr

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := n[host]; ok {
		return a, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// network is what each address answers: nil connects, a missing one is silent.
func network(answers map[string]error) check.Dialer {
	return dialFunc(func(ctx context.Context, n, address string) (net.Conn, error) {
		err, known := answers[address]
		if !known {
			return silent(ctx, n, address)
		} else if err != nil {
			return nil, err
		}
		client, server := net.Pipe()
		return client, server.Close()
	})
}

func TestHost(t *testing.T) {
	known := names{
		"web":  {netip.MustParseAddr("192.0.2.1")},
		"dual": {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:192.0.2.1")},
	}
	tests := []struct {
		name, host string
		answers    map[string]error
		checked    string
		want       check.Result
	}{
		{"an address needs no resolver", "192.0.2.7", map[string]error{"192.0.2.7:80": nil}, "192.0.2.7:80",
			check.Result{Status: check.Up, Phase: check.PhaseConnect, Reason: "connected"}},
		{"a name", "web", map[string]error{"192.0.2.1:80": nil}, "192.0.2.1:80",
			check.Result{Status: check.Up, Phase: check.PhaseConnect, Reason: "connected"}},
		{"no such name", "wbe", nil, "",
			check.Result{Status: check.Down, Phase: check.PhaseResolve, Reason: "no such host"}},
		{"the first address that is up answers", "dual", map[string]error{"[2001:db8::1]:80": syscall.ECONNREFUSED, "192.0.2.1:80": nil}, "192.0.2.1:80",
			check.Result{Status: check.Up, Phase: check.PhaseConnect, Reason: "connected"}},
		{"the first is enough", "dual", map[string]error{"[2001:db8::1]:80": nil, "192.0.2.1:80": nil}, "[2001:db8::1]:80",
			check.Result{Status: check.Up, Phase: check.PhaseConnect, Reason: "connected"}},
		{"all silent share the timeout", "dual", nil, "192.0.2.1:80",
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "timed out", Took: time.Second}},
		{"a silent one leaves time for the next", "dual", map[string]error{"192.0.2.1:80": syscall.ECONNREFUSED}, "192.0.2.1:80",
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "connection refused"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				checked, got := check.Host(t.Context(), check.TCP{Dialer: network(tt.answers)}, known, tt.host, 80, 2*time.Second)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
				if tt.checked == "" && checked.IsValid() || tt.checked != "" && checked.String() != tt.checked {
					t.Errorf("checked %s, want %s", checked, tt.checked)
				}
				if d := time.Since(began); d > 2*time.Second {
					t.Errorf("took %v of 2 s", d)
				}
			})
		})
	}
}
