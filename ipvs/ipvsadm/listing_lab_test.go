//go:build lab

package ipvsadm_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// Random tables with everything in them: the real ipvsadm restores the rules that
// RenderRules writes, and lists and saves what then stands in the kernel as lvsctl
// does.
func TestLabListsLikeIpvsadm(t *testing.T) {
	tables := rapid.Custom(randomTable)
	servers := 0
	for seed := range 15 {
		ns, client := labtest.Kernel(t)
		table := tables.Example(seed)
		for i := range table {
			servers += len(table[i].Destinations)
		}
		rules := string(ipvsadm.RenderRules(table))
		err := ns.Do(func() error {
			restore := exec.Command(ipvsadmPath, "-R")
			restore.Stdin = strings.NewReader(rules)
			return restore.Run()
		})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, rules)
		}
		stands, err := client.Table()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sorted(table), sorted(stands), comparison); d != "" {
			t.Errorf("seed %d (- before, + restored by ipvsadm):\n%s\n%s", seed, d, rules)
		}
		for _, line := range []string{
			"-Ln", "-Ln --nosort", "-Ln --stats", "-Ln --rate --exact", "-Ln --thresholds", "-Ln --persistent-conn",
			"-Ln --tun-info", "-Sn", "-Lnc", "-Lnc --persistent-conn", "-L --timeout", "-L --daemon",
		} {
			want, _ := runReal(t, ns, strings.Fields(line)...)
			got, err := runOurs(client, strings.Fields(line)...)
			want = strings.ReplaceAll(want, " -b \n", " -b flag-3\n") // see RenderSave
			if d := cmp.Diff(want, got); err != nil || d != "" {
				t.Errorf("seed %d: %s: %v (- ipvsadm, + lvsctl):\n%s", seed, line, err, d)
			}
		}
	}
	if servers < 50 {
		t.Errorf("only %d real servers in all tables", servers)
	}
}
