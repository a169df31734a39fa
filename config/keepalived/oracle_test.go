package keepalived_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/oracle"
	"github.com/lvsctl/lvsctl/config/load"
)

// everything asks for all files there are: LVSCTL_ORACLE_ALL=1.
var everything = os.Getenv("LVSCTL_ORACLE_ALL") != ""

// everyNth of the files of the corpus is compared if not everything is asked for.
const everyNth = 3

// TestOracle compares what lvsctl reads of a file with what keepalived 2.2.7 reads
// of it. Which keys are not compared, and which differences are meant, stands with
// the reasons in testdata/oracle.
func TestOracle(t *testing.T) {
	if why := oracle.Missing(); why != "" {
		t.Skip(why)
	}
	files := oracleFiles(t)
	results, err := oracle.Dump(t.Context(), t.TempDir(), files)
	if err != nil {
		t.Fatal(err)
	}
	c := comparison{t: t, notCompared: readAccepted(t, "not-compared.txt"), differences: readAccepted(t, "differences.txt")}
	for _, file := range files {
		c.file(shortName(file), results[file])
	}
	t.Logf("%d files: %d agree in %d settings, %d keepalived does not start with; %d differences are meant",
		len(files), c.files, c.settings, c.ended, c.meant)
	if c.files < 100 && len(files) > 100 {
		t.Errorf("only %d files compared", c.files)
	}
	c.differences.unused(t, "differences.txt", c.names)
	if everything {
		c.notCompared.unused(t, "not-compared.txt", c.names)
	}
}

// oracleFiles are the own files of the oracle, the recordings, and those of others
// that lie beside the repository. What is random cannot be compared.
func oracleFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for pattern, nth := range map[string]int{
		"oracle/testdata/*.conf":                     1,
		"testdata/recorded/*.conf":                   1,
		"testdata/seed/keepalived-[mb]*[rp].conf":    1,
		shared + "/golden/keepalived/parsed/*.conf":  1,
		shared + "/golden/keepalived/outputs/*.conf": 1,
		shared + "/golden/keepalived/bad/*.conf":     1,
		shared + "/corpus/keepalived/*.conf":         everyNth,
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for i, path := range paths {
			if everything || i%nth == 0 {
				files = append(files, path)
			}
		}
	}
	slices.Sort(files)
	return slices.DeleteFunc(files, func(path string) bool {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(hanging, shortName(path)) || strings.Contains(string(text), "${_RANDOM")
	})
}

// shared is where third-party files and recordings lie beside the repository.
const shared = "../../../shared"

// hanging are files that keepalived 2.2.7 does not come to an end with, or not in
// time.
var hanging = []string{"corpus/571.conf", "corpus/853.conf"}

// shortName names a file by its folder and its name.
func shortName(path string) string {
	folder := filepath.Base(filepath.Dir(path))
	switch folder {
	case "keepalived":
		folder = "corpus"
	case "testdata":
		folder = "oracle"
	}
	return folder + "/" + filepath.Base(path)
}

// comparison goes through files.
type comparison struct {
	t                        *testing.T
	notCompared, differences accepted
	names                    []string
	files, settings          int
	ended, meant             int
}

// file compares one file. What keepalived runs with, lvsctl must accept.
func (c *comparison) file(name string, r oracle.Result) {
	c.names = append(c.names, name)
	model, said, err := load.Load(r.Path, load.Options{KeepalivedCompat: true})
	if err != nil {
		c.t.Errorf("%s: %v", name, err)
		return
	}
	if !r.Running {
		c.ended++
	} else if refused := said.Err(); refused != nil && !c.differences.has(name, "file", "starts") {
		c.t.Errorf("%s: keepalived runs with it, lvsctl refuses it:\n%v", name, refused)
	}
	if len(r.Dump) == 0 {
		return
	}
	c.files++
	theirs, ours := map[string]oracle.Block{}, map[string]oracle.Block{}
	for p, dump := range r.Dump {
		maps.Copy(theirs, byPath(comparable(oracle.Parse(dump), p, r)))
	}
	maps.Copy(ours, byPath(asPrinted(model)))
	if r.Dump[oracle.VRRP] == "" {
		withoutVRRP(theirs, ours)
	}
	for _, path := range slices.Sorted(maps.Keys(theirs)) {
		c.block(name, path, theirs[path], ours[path])
	}
	for _, path := range slices.Sorted(maps.Keys(ours)) {
		if _, ok := theirs[path]; !ok && printedBy(ours[path], r, model) {
			c.differ(name, path, "(block)", "keepalived has none")
		}
	}
}

// comparable leaves of a dump what this process knows best, in terms of the model.
func comparable(blocks []oracle.Block, p oracle.Process, r oracle.Result) (out []oracle.Block) {
	method := ""
	for _, b := range blocks {
		switch {
		case b.Kind == oracle.Global && (p != oracle.VRRP && r.Dump[oracle.VRRP] != "" || p == oracle.BFD):
			continue
		case b.Kind == oracle.LVS, b.Kind == oracle.TrackBFD && p != oracle.VRRP:
			continue
		case b.Kind == oracle.SSL && len(b.Entries) == 1 && b.Entries[0].Value == "":
			continue // what it uses if nothing is written
		case b.Kind == oracle.HealthCheck:
			method, _, _ = strings.Cut(b.All("Keepalive method")[0], ",")
			b.Name += " " + method
		}
		b.Name = numbered.ReplaceAllString(b.Name, "$1")
		b.Entries = slices.Collect(comparableEntries(b))
		out = append(out, b)
	}
	return out
}

// numbered is a group as keepalived names it, with how many virtual servers use it
// already.
var numbered = regexp.MustCompile(`^(\[[^\]]*\]):\d+`)

// ownLinks are names that keepalived finds for interfaces of its own, other ones if
// the first is taken.
var ownLinks = regexp.MustCompile(`\bvrrp\d*\.(\d+)`)

// onLink is the interface below another.
var onLink = regexp.MustCompile(`@\S+`)

// comparableEntries writes entries as the model's printer does.
func comparableEntries(b oracle.Block) func(func(oracle.Entry) bool) {
	return func(yield func(oracle.Entry) bool) {
		for _, e := range b.Entries {
			if strings.HasSuffix(b.Name, " BFD_CHECK") && e.Key != "Name" && e.Key != "Log all failures" {
				continue // it has none of these
			}
			e.Value = ownLinks.ReplaceAllString(e.Value, "vrrp.$1")
			switch e.Key {
			case "Using src_ip":
				if !strings.HasSuffix(e.Value, "(from configuration)") {
					continue
				}
			case "Multicast address":
				e.Value = multicast(e.Value)
			case "Keepalive method":
				_, version, isHTTP := strings.Cut(e.Value, ", http protocol ")
				if !isHTTP {
					continue
				}
				e = oracle.Entry{Key: "http protocol", Value: version}
			case "Virtual Routes", "route":
				e.Value = comparableRoute(e.Value)
			case "Virtual Rules", "rule":
				e.Value = comparableRule(e.Value)
			case "Name":
				e.Value = cmp.Or(e.Value, ".") // of DNS_CHECK: the root
			case "One packet scheduling":
				e.Value, _, _ = strings.Cut(e.Value, " (inactive")
			case "sorry server (duplicates rs)":
				e.Key = "sorry server"
			case "address":
				e.Value = onLink.ReplaceAllString(strings.TrimSuffix(e.Value, " set"), "")
			}
			if !yield(e) {
				return
			}
		}
	}
}

// withoutVRRP leaves out of the global settings what only the process of VRRP fills in.
func withoutVRRP(sides ...map[string]oracle.Block) {
	for _, side := range sides {
		b, ok := side["global"]
		if !ok {
			continue
		}
		b.Entries = slices.DeleteFunc(b.Entries, func(e oracle.Entry) bool {
			return e.Key == "Default interface" || strings.HasPrefix(e.Key, "LVS syncd") || strings.HasPrefix(e.Key, "Gratuitous ARP lower priority")
		})
		side["global"] = b
	}
}

// printedBy tells whether the process that prints a block came so far. What nobody
// tracks is not printed.
func printedBy(b oracle.Block, r oracle.Result, c *config.Config) bool {
	switch b.Kind {
	case oracle.ServerGroup, oracle.VirtualServer, oracle.RealServer, oracle.HealthCheck:
		return r.Dump[oracle.Checker] != ""
	case oracle.BFDInstance:
		return r.Dump[oracle.BFD] != ""
	case oracle.Script, oracle.TrackFile, oracle.TrackProcess, oracle.TrackBFD:
		return r.Dump[oracle.VRRP] != "" && isTracked(c, b.Name)
	default:
		return r.Dump[oracle.VRRP] != ""
	}
}

// isTracked tells whether a router or group tracks something of a name.
func isTracked(c *config.Config, name string) bool {
	var all []config.Tracking
	for i := range c.VirtualRouters {
		all = append(all, c.VirtualRouters[i].Track)
	}
	for i := range c.SyncGroups {
		all = append(all, c.SyncGroups[i].Track)
	}
	for _, t := range all {
		for _, x := range slices.Concat(t.Scripts, t.Files, t.Processes, t.BFD) {
			if x.Name.V == name {
				return true
			}
		}
	}
	return false
}

// byPath names every block by where it is: a real server within its virtual
// server, the second one of a name with its number.
func byPath(blocks []oracle.Block) map[string]oracle.Block {
	out := map[string]oracle.Block{}
	server := ""
	for _, b := range blocks {
		path := b.String()
		if b.Kind == oracle.RealServer {
			path = server + " / " + path
		}
		for n, first := 2, path; ; n++ {
			if _, taken := out[path]; !taken {
				break
			}
			path = fmt.Sprintf("%s #%d", first, n)
		}
		if b.Kind == oracle.VirtualServer {
			server = path
		}
		out[path] = b
	}
	return out
}

// block compares two blocks key by key; the values of a key in their order.
func (c *comparison) block(file, path string, theirs, ours oracle.Block) {
	if c.notCompared.has("*", string(theirs.Kind), "(block)") {
		return
	}
	if ours.Kind == "" {
		c.differ(file, path, "(block)", "lvsctl has none")
		return
	}
	keys := map[string]bool{}
	for _, e := range slices.Concat(theirs.Entries, ours.Entries) {
		keys[e.Key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if c.notCompared.has("*", string(theirs.Kind), key) {
			continue
		}
		c.settings++
		if want, got := theirs.All(key), ours.All(key); !slices.Equal(want, got) {
			c.differ(file, path, key, fmt.Sprintf("keepalived %q, lvsctl %q", want, got))
		}
	}
}

func (c *comparison) differ(file, path, key, how string) {
	if c.differences.has(file, path, key) {
		c.meant++
		return
	}
	c.t.Errorf("%s: %s / %s: %s", file, path, key, how)
}

// accepted are the lines of a file of testdata/oracle, which tell where something
// is as it is, and why.
type accepted map[[3]string]*acceptance

type acceptance struct{ used bool }

// readAccepted reads lines of "file<tab>block<tab>key<tab>reason"; in
// not-compared.txt there is no file. A star stands for any end.
func readAccepted(t *testing.T, name string) accepted {
	t.Helper()
	text, err := os.ReadFile("testdata/oracle/" + name)
	if err != nil {
		t.Fatal(err)
	}
	out := accepted{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if name == "not-compared.txt" {
			fields = append([]string{"*"}, fields...)
		}
		if len(fields) != 4 || fields[3] == "" {
			t.Fatalf("%s: %q wants a reason", name, line)
		}
		out[[3]string(fields[:3])] = &acceptance{}
	}
	return out
}

// has tells whether a place is accepted, and notes that it was needed.
func (a accepted) has(place ...string) bool {
	if one := a[[3]string(place)]; one != nil {
		one.used = true
		return true
	}
	for pattern, one := range a {
		if matches(pattern[0], place[0]) && matches(pattern[1], place[1]) && matches(pattern[2], place[2]) {
			one.used = true
			return true
		}
	}
	return false
}

// matches compares with a pattern that may end in a star.
func matches(pattern, s string) bool {
	start, any := strings.CutSuffix(pattern, "*")
	return pattern == s || any && strings.HasPrefix(s, start)
}

// unused tells of lines that nothing needs any more. With a part of the files only
// the lines of these can be judged.
func (a accepted) unused(t *testing.T, name string, files []string) {
	t.Helper()
	for place, one := range a {
		if !one.used && (everything || slices.Contains(files, place[0])) {
			t.Errorf("testdata/oracle/%s: not needed any more: %s", name, strings.Join(place[:], " / "))
		}
	}
}
