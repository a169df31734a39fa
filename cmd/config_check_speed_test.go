package cmd

import (
	"io"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab/largeconf"
)

// serversPerService is how many real servers each virtual server of the tests has.
const serversPerService = 10

// checkCost is what config check needs for one real server.
type checkCost struct {
	took          time.Duration
	allocs, bytes float64
}

// TestConfigCheckIsLinear fails when ten times as many services take more than ten
// times as long, with room for noise, or when a real server needs much more memory
// than its place in the model: 1200 bytes, with one list of checks.
func TestConfigCheckIsLinear(t *testing.T) {
	small, large := measureCheck(t, 500, 8), measureCheck(t, 5000, 4)
	t.Logf("a real server of 5000: %+v; of 50000: %+v", small, large)
	if large.took > 2*small.took {
		t.Errorf("a real server takes %s among 50000, and %s among 5000", large.took, small.took)
	}
	if large.allocs > 2 {
		t.Errorf("%.2f allocations a real server", large.allocs)
	}
	if large.bytes > 3000 {
		t.Errorf("%.0f bytes are allocated for a real server", large.bytes)
	}
}

// measureCheck checks a file so many times and gives the least of each.
func measureCheck(t *testing.T, services, runs int) (least checkCost) {
	t.Helper()
	check := checkOf(t, services)
	check()
	for i := range runs {
		c := costOf(check, services*serversPerService)
		if i == 0 {
			least = c
		}
		least = checkCost{min(least.took, c.took), min(least.allocs, c.allocs), min(least.bytes, c.bytes)}
	}
	return least
}

func costOf(check func(), servers int) checkCost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	check()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return checkCost{
		took:   took / time.Duration(servers),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(servers),
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(servers),
	}
}

// checkOf makes a file that is clean, and what checks it.
func checkOf(tb testing.TB, services int) func() {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "keepalived.conf")
	if err := largeconf.Write(path, services, serversPerService); err != nil {
		tb.Fatal(err)
	}
	k := &configCheck{Streams: Streams{Out: io.Discard}, offline: true}
	return func() {
		if r := k.check(path); r.status != checkClean {
			tb.Fatalf("%s: %v", r.Verdict, r.Diagnostics)
		}
	}
}

// BenchmarkConfigCheck is the figure of docs/benchmarks.md, in one process.
func BenchmarkConfigCheck(b *testing.B) {
	check := checkOf(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		check()
	}
}
