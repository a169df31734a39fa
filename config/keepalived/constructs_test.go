package keepalived

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// TestConstructs compares what comes out of includes, variables, conditions and
// sequences with what keepalived made of the same files.
func TestConstructs(t *testing.T) {
	paths, err := filepath.Glob("testdata/constructs/*.conf")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := config.ReadText(thisMachine{}.Open, path, config.MaxSize)
			if err != nil {
				t.Fatal(err)
			}
			dump, err := os.ReadFile(strings.TrimSuffix(path, ".conf") + ".dump")
			if err != nil {
				t.Fatal(err)
			}
			src := newSource(path, text, Options{ConfigID: "lb1"})
			got := instances(src)
			if err := src.finish().Err(); err != nil {
				t.Errorf("refused: %v", err)
			}
			if diff := gocmp.Diff(dumpedInstances(string(dump)), got); diff != "" {
				t.Errorf("keepalived -, lvsctl +:\n%s\n%v", diff, src.finish())
			}
		})
	}
}

// instances gives name, id, priority and addresses of the instances of a tree.
func instances(src *source) (all []string) {
	for s := range parse(src) {
		if s.keyword() != "vrrp_instance" || s.block == nil {
			continue
		}
		all = append(all, "name "+s.words[1].text)
		id, priority := "", "100"
		var addresses []string
		for _, inner := range s.block.statements {
			switch inner.keyword() {
			case "virtual_router_id":
				id = inner.words[1].text
			case "priority":
				priority = inner.words[1].text
			case "virtual_ipaddress":
				for _, a := range inner.block.statements {
					addresses = append(addresses, "address "+a.keyword())
				}
			}
		}
		all = append(append(all, "id "+id, "priority "+priority), addresses...)
	}
	return all
}

// dumpedInstances gives the same of a dump.
func dumpedInstances(dump string) (all []string) {
	for line := range strings.Lines(dump) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch key {
		case "VRRP Instance":
			all = append(all, "name "+value)
		case "Virtual Router ID":
			all = append(all, "id "+value)
		case "Priority":
			all = append(all, "priority "+value)
		default:
			address, _, _ := strings.Cut(key, " ")
			all = append(all, "address "+address)
		}
	}
	return all
}
