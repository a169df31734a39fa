package config

import (
	"strings"
	"testing"
)

// TestParseRange reads what may stand in a virtual_server_group.
func TestParseRange(t *testing.T) {
	for _, c := range []struct{ text, first, last, wrong string }{
		{"10.0.0.1", "10.0.0.1", "10.0.0.1", ""},
		{"10.0.0.1-20", "10.0.0.1", "10.0.0.20", ""},
		{"10.0.0.250-10.0.1.9", "10.0.0.250", "10.0.1.9", ""},
		{"10.0.4.0/22", "10.0.4.0", "10.0.7.255", ""},
		{"10.0.0.1/32", "10.0.0.1", "10.0.0.1", ""},
		{"fd00::1-ff", "fd00::1", "fd00::ff", ""},
		{"fd00::1-1ff", "fd00::1", "fd00::1ff", ""},
		{"fd00::10-fd00::1:1", "fd00::10", "fd00::1:1", ""},
		{"fd00::/126", "fd00::", "fd00::3", ""},
		{"10.0.0.400", "", "", "no address"},
		{"10.0.0.20-1", "", "", "ends before it starts"},
		{"10.0.0.1-300", "", "", "no end of a range"},
		{"10.0.0.1-fd00::1", "", "", "no end of a range"},
		{"10.0.0.1/24", "", "", "begins at 10.0.0.0"},
		{"10.0.0.0/33", "", "", "no net"},
		{"0.0.0.0/0", "", "", "no net"},
		{"fe80::1%eth0", "", "", "no address"},
	} {
		first, last, err := ParseRange(c.text)
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: error %v, want %q", c.text, err, c.wrong)
			}
		case err != nil || first.String() != c.first || last.String() != c.last:
			t.Errorf("%s: got %s to %s, %v", c.text, first, last, err)
		}
	}
}
