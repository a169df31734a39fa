package ipvs

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]release{
		"6.18.44-fc-v669":             {6, 18},
		"4.18.0-553.16.1.el8.x86_64":  {4, 18},
		"5.3.0":                       {5, 3},
		"5.10-rc1":                    {5, 10},
		"2.6.61":                      {2, 6}, // setarch --uname-2.6
		"":                            {},
		"five":                        {},
		"v5.4":                        {},
		"99999999999999999999999.1.1": {},
	} {
		if got := parseRelease(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func addServer(kind OpKind, m ForwardingMethod, t TunnelOptions) Op {
	return Op{
		Kind: kind, Service: Service{ServiceKey: FWMarkKey(1, IPv4)},
		Destination: Destination{Address: netip.MustParseAddrPort("10.0.0.1:80"), Method: m, Tunnel: t},
	}
}

func TestMissing(t *testing.T) {
	gue, gre := TunnelOptions{Type: GUE, Port: 6080}, TunnelOptions{Type: GRE}
	sum, remote := gue, gue
	sum.Flags, remote.Flags = TunnelChecksum, TunnelRemoteChecksum
	v4, v5, five3 := release{4, 19}, release{5, 2}, release{5, 3}
	for _, tc := range []struct {
		name string
		r    release
		op   Op
		need string // the release that the error names, "" for no error
	}{
		{"gue on 4.19", v4, addServer(AddDestination, Tunnel, gue), "5.2"},
		{"gue edited on 4.19", v4, addServer(EditDestination, Tunnel, gue), "5.2"},
		{"gue deleted on 4.19", v4, addServer(DeleteDestination, Tunnel, gue), ""},
		{"gre on 4.19", v4, addServer(AddDestination, Tunnel, gre), "5.3"},
		{"checksum on 4.19", v4, addServer(AddDestination, Tunnel, sum), "5.3"},
		{"ipip on 4.19", v4, addServer(AddDestination, Tunnel, TunnelOptions{}), ""},
		{"no tunnel on 4.19", v4, addServer(AddDestination, DirectRoute, gue), ""},
		{"service on 4.19", v4, Op{Kind: AddService}, ""},
		{"gue on 5.2", v5, addServer(AddDestination, Tunnel, gue), ""},
		{"gre on 5.2", v5, addServer(AddDestination, Tunnel, gre), "5.3"},
		{"checksum on 5.2", v5, addServer(AddDestination, Tunnel, sum), "5.3"},
		{"remote checksum on 5.2", v5, addServer(AddDestination, Tunnel, remote), "5.3"},
		{"gre on 5.3", five3, addServer(AddDestination, Tunnel, gre), ""},
		{"checksum on 5.3", five3, addServer(AddDestination, Tunnel, sum), ""},
		{"gre on 6.0", release{6, 0}, addServer(AddDestination, Tunnel, gre), ""},
		{"gre on any", release{}, addServer(AddDestination, Tunnel, gre), ""},
	} {
		err := missing(tc.r, &tc.op)
		switch {
		case tc.need == "" && err != nil:
			t.Errorf("%s: %v", tc.name, err)
		case tc.need != "" && (!errors.Is(err, ErrOldKernel) || !errors.Is(err, errors.ErrUnsupported) || !strings.HasSuffix(err.Error(), "Linux "+tc.need)):
			t.Errorf("%s: got %v, want that Linux %s is needed", tc.name, err, tc.need)
		}
		var h interface{ Hint() string }
		if err != nil && (!errors.As(err, &h) || !strings.Contains(h.Hint(), tc.r.String())) {
			t.Errorf("%s: the hint does not name the release", tc.name)
		}
	}
}

// A kernel of a distribution knows more than its release says; it is asked once,
// and only when something would be refused.
func TestFeaturesOfABackport(t *testing.T) {
	gre := addServer(AddDestination, Tunnel, TunnelOptions{Type: GRE})
	gue := addServer(AddDestination, Tunnel, TunnelOptions{Type: GUE, Port: 1})
	for _, tc := range []struct {
		knows              release
		allowGRE, allowGUE bool
	}{{release{4, 18}, false, false}, {linuxGUE, false, true}, {linuxGRE, true, true}} {
		asked := 0
		f := features{release: release{4, 18}, probe: func(release) release { asked++; return tc.knows }}
		if err := f.check(&Op{Kind: AddService}); err != nil || asked != 0 {
			t.Fatalf("a plain operation: %v, kernel asked %d times", err, asked)
		}
		for range 2 {
			if err := f.check(&gre); (err == nil) != tc.allowGRE {
				t.Errorf("like %v: gre: %v", tc.knows, err)
			}
			if err := f.check(&gue); (err == nil) != tc.allowGUE {
				t.Errorf("like %v: gue: %v", tc.knows, err)
			}
		}
		if asked != 1 {
			t.Errorf("the kernel was asked %d times", asked)
		}
	}
	if err := (&features{}).check(&gre); err != nil {
		t.Errorf("without limits: %v", err)
	}
}
