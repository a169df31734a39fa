package ipvsadm_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

func TestReadRules(t *testing.T) {
	names := readBook(t, "testdata/hosts", "testdata/services")
	const file = "# saved by hand\r\n" +
		"\n" +
		"  # the web\r\n" +
		"ipvsadm -A -t www:http -s rr\t# comment\r\n" +
		"-a -t www:http -r red -m -w 5 -x 9 -y 3\r\n" +
		"\t -a --tcp-service=192.0.2.1:80 -r 10.0.0.9:8080 -i --tun-type gue --tun-port 6080 --tun-csum #\n" +
		"-A -f 4294967295 -6 -s sh -b sh-port -p 5 -M 64\n" +
		"-a -t 192.0.2.1:80 -r 10.0.0.8"
	const want = "-A -f 4294967295 -6 -s sh -p 5 -M 64 -b sh-port\n" +
		"-A -t 192.0.2.1:80 -s rr\n" +
		"-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 5 -x 9 -y 3\n" +
		"-a -t 192.0.2.1:80 -r 10.0.0.8:80 -g -w 1\n" +
		"-a -t 192.0.2.1:80 -r 10.0.0.9:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum\n"
	table, err := ipvsadm.ReadRules(file, names)
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{table[0].String(), table[0].Destinations[1].Address.String(), table[1].String()}; got[0] != "TCP 192.0.2.1:80" ||
		got[1] != "10.0.0.9:80" || got[2] != "FWM 4294967295 IPv6" {
		t.Errorf("not in the order of the file: %q", got)
	}
	if d := cmp.Diff(want, string(ipvsadm.RenderRules(sorted(table)))); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// All mistakes of a file come at once, each with its place.
func TestReadWrongRules(t *testing.T) {
	for _, tc := range []struct {
		rule   string
		column int
		want   string // beginning
	}{
		{"-A -t 192.0.2.1:80", 0, ""},
		{"-A -t 192.0.2.1:80 -s rr", 0, "Service already exists (add service TCP 192.0.2.1:80)"},
		{"-a -t 192.0.2.1:80 -r 10.0.0.1", 0, ""},
		{"-a -t 192.0.2.1:80 -r 10.0.0.1:80 -w 3", 0, "Destination already exists (add server 10.0.0.1:80"},
		{"-a -u 192.0.2.1:80 -r 10.0.0.1", 0, "Service not defined (add server 10.0.0.1:80 to service UDP 192.0.2.1:80)"},
		{"  ipvsadm -A\t-t 192.0.2.1:x", 17, "illegal virtual server address[:port] specified (`192.0.2.1:x': `x' is neither"},
		{"-A -t 192.0.2.2:80 -w 1", 0, "Illegal 'weight' option"},
		{"-A -t 192.0.2.2:80 stray ipvsadm words", 20, "unexpected argument stray"},
		{"-A -t 192.0.2.2:80 --bogus", 20, "--bogus: unknown option"},
		{"-A -t", 4, "-t: missing argument"},
		{"-Ap0 -t 192.0.2.2:80", 1, "invalid timeout value `0' specified"},
		{"stray", 1, "unexpected argument stray; the first option must be a command"},
		{"-n", 1, "-n is not a command"},
		{"-C", 0, "only -A and -a describe a table"},
		{"-Ln", 0, "only -A and -a describe a table"},
		{"-R", 0, "-R cannot stand inside rules"},
		{"--set 1 x 3", 9, "invalid timeout value `x' specified"},
		{"-A -t 192.0.2.3:80 -M 24 # \x1b[2J not for a terminal", 0, ""},
		{"-A -t 192.0.2.4:80 -M \x1b[2J", 23, "illegal virtual server persistent mask specified"},
	} {
		before := "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1\n"
		if tc.want == "" {
			before = strings.Repeat("\n", 2)
			if strings.HasPrefix(tc.rule, "-a") {
				before = "\n-A -t 192.0.2.1:80\n"
			}
		}
		table, err := ipvsadm.ReadRules(before+tc.rule+"\n-L\n", book{})
		var mistakes []error
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			mistakes = joined.Unwrap()
		}
		if tc.want == "" {
			mistakes = append([]error{nil}, mistakes...)
		}
		var last *ipvsadm.LineError
		if len(mistakes) != 2 || table != nil || !errors.As(mistakes[1], &last) || last.Line != 4 || last.Text != "-L" {
			t.Errorf("%q: got %v, %v", tc.rule, table, err)
			continue
		}
		if tc.want == "" {
			continue
		}
		var line *ipvsadm.LineError
		if !errors.As(mistakes[0], &line) || line.Line != 3 || line.Column != tc.column || line.Text != tc.rule || !strings.HasPrefix(line.Error(), tc.want) {
			t.Errorf("%q: got %#v: %v", tc.rule, line, line)
			continue
		}
		if !strings.Contains(line.Error(), " (line 3: ") || strings.ContainsAny(line.Error(), "\x1b\t") {
			t.Errorf("%q: got %q", tc.rule, line.Error())
		}
	}
}

func TestLongLinesAreCutInMessages(t *testing.T) {
	_, err := ipvsadm.ReadRules("-A -t 192.0.2.1:80 "+strings.Repeat("é", 5000), book{})
	if err == nil || len(err.Error()) > 12000 || !strings.HasSuffix(err.Error(), "é…)") {
		t.Errorf("got %v", err)
	}
}

// What is saved is read back: of RenderRules all, of RenderSave what ipvsadm saves.
func TestRulesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := randomTable(t)
		readBack(t, table, ipvsadm.RenderRules(table))
		saved := asIpvsadmSaves(table)
		readBack(t, saved, ipvsadm.RenderSave(saved, true, nil))
	})
}

func readBack(t *rapid.T, table ipvs.Table, rules []byte) {
	got, err := ipvsadm.ReadRules(string(rules), book{})
	if err != nil {
		t.Fatalf("%s%v", rules, err)
	}
	kernel := ipvstest.New()
	kernel.Load(got)
	if d := cmp.Diff(sorted(table), sorted(kernel.Table()), comparison); d != "" {
		t.Fatalf("%s- before, + read back:\n%s", rules, d)
	}
}

// asIpvsadmSaves takes from a table what -S loses.
func asIpvsadmSaves(t ipvs.Table) ipvs.Table {
	var kept ipvs.Table
	for _, s := range t {
		s.Destinations = slices.Clone(s.Destinations)
		if s.FWMark > 1<<31-1 {
			continue
		}
		if s.Flags&ipvs.FlagPersistent == 0 {
			s.Netmask = ipvs.FullNetmask(s.Family)
		}
		if s.Scheduler == "sh" || s.Scheduler == "mh" {
			s.Flags &^= ipvs.FlagSched3
		}
		for i := range s.Destinations {
			s.Destinations[i].UpperThreshold, s.Destinations[i].LowerThreshold = 0, 0
		}
		kept = append(kept, s)
	}
	return kept
}

// seedRules gives a fuzzer the rules that were tried with the real ipvsadm, where
// they are at hand.
func seedRules(f *testing.F) {
	f.Add("-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 5 -x 4\n")
	f.Add("# comment\nipvsadm -A -f 7 -6 -p 5 -M 64 -b flag-1,,flag-3\n-a -f 7 -6 -r [2001:db8::1]:0 -i --tun-type gue --tun-port 1 --tun-remcsum\n-D -f 7 -6\n-C\n")
	f.Add("-A -u 192.0.2.1:53 --ops\n-E -u 192.0.2.1:53 -s none --pe sip\n-e -u 192.0.2.1:53 -r 10.0.0.1\n-A -t 192.0.2.1:80 --bogus\n\x00\n-Q\n")
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "golden", "ipvsadm", "*", "*.in"))
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil {
			f.Add(string(b))
		}
	}
}

// Whatever stands in a file, reading it gives a table that can be written and read
// again, or LineErrors.
func FuzzReadRules(f *testing.F) {
	seedRules(f)
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ipvsadm.ReadRules(text, book{})
		if err != nil {
			var line *ipvsadm.LineError
			if !errors.As(err, &line) || line.Line < 1 || line.Column < 0 || line.Column > len(line.Text) || err.Error() == "" {
				t.Fatalf("odd error: %#v: %v", line, err)
			}
			return
		}
		if strings.ContainsAny(text, "#\x00") || strings.Contains(text, "ipvsadm") {
			return // a name like these cannot be written so that it counts
		}
		rules := ipvsadm.RenderRules(table)
		again, err := ipvsadm.ReadRules(string(rules), book{})
		if err != nil {
			t.Fatalf("%s%v", rules, err)
		}
		if d := cmp.Diff(sorted(table), sorted(again), comparison); d != "" {
			t.Errorf("%s- first, + again:\n%s", rules, d)
		}
	})
}

// Whatever the rules are: all or nothing.
func FuzzAtomic(f *testing.F) {
	seedRules(f)
	f.Fuzz(func(t *testing.T, text string) {
		kernel := ipvstest.New()
		load(t, kernel, "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1 -w 3\n-A -u 192.0.2.1:53\n", book{})
		before := kernel.Table()
		got := call(kernel, []string{"ipvsadm", "-R", "--atomic"}, text, book{})
		if (got.status == 0) != (got.errors == "") {
			t.Fatalf("status %d, errors %q", got.status, got.errors)
		}
		if d := cmp.Diff(sorted(before), sorted(kernel.Table()), comparison); got.status != 0 && d != "" {
			t.Errorf("errors %s\n- before, + behind:\n%s", got.errors, d)
		}
	})
}
