package ipvsadm_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// The stories use every word of ipvsadm in both its forms, in a line that was carried
// out, and ask for everything that can be asked for.
func TestGoldensCoverTheLanguage(t *testing.T) {
	spelled, asked := map[string]bool{}, map[string]bool{}
	for _, argv := range accepted(t) {
		for _, word := range spellings(argv[1:]) {
			spelled[word] = true
		}
		if argv[0] == "ipvsadm" {
			noteAsked(t, asked, argv[1:])
		}
	}
	for _, s := range ipvsadm.Spellings() {
		if s.Short != "" && !spelled[s.Short] {
			t.Errorf("no story uses %s", s.Short)
		}
		if !s.Own && !spelled[s.Long] {
			t.Errorf("no story uses %s", s.Long)
		}
	}
	for _, what := range everything() {
		if !asked[what] {
			t.Errorf("no story asks for %s", what)
		}
	}
}

// accepted are the command lines of the stories that ended with status 0.
func accepted(t *testing.T) (all [][]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(goldenDir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		for line := range strings.SplitSeq(read(t, file), "\n") {
			if command, is := strings.CutPrefix(line, "$ "); is {
				all = append(all, unquoteAll(command))
			}
			if strings.HasPrefix(line, statusMark) {
				all = all[:len(all)-1]
			}
		}
	}
	return all
}

// spellings are the words of a command line, as they stand there.
func spellings(args []string) (found []string) {
	takesValue := map[string]bool{}
	for _, s := range ipvsadm.Spellings() {
		takesValue[s.Short] = s.TakesValue
	}
	for _, arg := range args {
		letters, isWord := strings.CutPrefix(arg, "-")
		switch {
		case strings.HasPrefix(letters, "-"):
			word, _, _ := strings.Cut(arg, "=")
			found = append(found, word)
		case isWord:
			for _, letter := range letters {
				word := "-" + string(letter)
				if found = append(found, word); takesValue[word] {
					break // the rest is the value
				}
			}
		}
	}
	return found
}

func noteAsked(t *testing.T, asked map[string]bool, args []string) {
	t.Helper()
	command, err := ipvsadm.Parse(args, readBook(t, "testdata/hosts", "testdata/services"))
	if err != nil {
		return // a story of what lvsctl does otherwise
	}
	l := command.Listing
	switch command.Kind {
	case ipvsadm.Change:
		asked[fmt.Sprintf("operation %d", command.Ops[0].Kind)] = true
	case ipvsadm.List:
		asked[listingName(l)] = true
		if l.Exact {
			asked[fmt.Sprintf("exact %d", l.Format)] = true
		}
		if l.Nosort {
			asked["nosort"] = true
		}
	default:
		asked[fmt.Sprintf("kind %d numeric %v", command.Kind, l.Numeric)] = true
	}
}

func listingName(l ipvsadm.Listing) string {
	return fmt.Sprintf("subject %d format %d service %v numeric %v", l.Subject, l.Format, l.Service != nil, l.Numeric)
}

// everything that can be asked for, in the words of noteAsked.
func everything() (all []string) {
	for _, numeric := range []bool{false, true} {
		for f := ipvsadm.Plain; f <= ipvsadm.TunnelFormat; f++ {
			all = append(all, listingName(ipvsadm.Listing{Format: f, Numeric: numeric}))
		}
		for _, f := range []ipvsadm.Format{ipvsadm.Plain, ipvsadm.PersistentFormat} {
			all = append(all, listingName(ipvsadm.Listing{Subject: ipvsadm.TheConnections, Format: f, Numeric: numeric}))
		}
		all = append(all, fmt.Sprintf("kind %d numeric %v", ipvsadm.Save, numeric))
	}
	for f := ipvsadm.Plain; f <= ipvsadm.TunnelFormat; f++ {
		all = append(all, listingName(ipvsadm.Listing{Format: f, Service: new(ipvs.ServiceKey), Numeric: true}))
	}
	for _, s := range []ipvsadm.Subject{ipvsadm.TheTimeouts, ipvsadm.TheDaemons} {
		all = append(all, listingName(ipvsadm.Listing{Subject: s}))
	}
	for _, k := range []ipvsadm.Kind{ipvsadm.Help, ipvsadm.Version, ipvsadm.Restore} {
		all = append(all, fmt.Sprintf("kind %d numeric false", k))
	}
	for _, o := range []ipvs.OpKind{
		ipvs.AddService, ipvs.EditService, ipvs.DeleteService, ipvs.AddDestination, ipvs.EditDestination, ipvs.DeleteDestination,
		ipvs.Flush, ipvs.ZeroService, ipvs.ZeroAll, ipvs.SetTimeouts, ipvs.StartDaemon, ipvs.StopDaemon,
	} {
		all = append(all, fmt.Sprintf("operation %d", o))
	}
	return append(all, fmt.Sprintf("exact %d", ipvsadm.StatsFormat), fmt.Sprintf("exact %d", ipvsadm.RateFormat), "nosort")
}
