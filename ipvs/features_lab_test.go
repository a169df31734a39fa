//go:build lab

package ipvs

import (
	"os"
	"testing"
)

// A kernel that is said to be old, but knows all tunnels, is found out: without a
// trace in the caller's own table, and by a thread that comes back.
func TestLabProbeKernel(t *testing.T) {
	client, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	before, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []release{{4, 18}, {5, 2}} {
		if got := probeKernel(r); got != linuxGRE {
			t.Errorf("the kernel is said to be %s and does what %s does", r, got)
		}
	}
	if table, err := client.Table(); err != nil || len(table) != 0 {
		t.Errorf("the own table: %v, %v", table, err)
	}
	if after, err := os.Readlink("/proc/thread-self/ns/net"); err != nil || after != before {
		t.Errorf("the thread was in %s and is in %s, %v", before, after, err)
	}
	if f := kernelFeatures(); f.release.before(release{4, 19}) {
		t.Errorf("the kernel says that it is Linux %s", f.release)
	}
}
