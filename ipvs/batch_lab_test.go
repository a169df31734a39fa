//go:build lab

package ipvs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

// failures gives what Apply joined, each with its place among n operations.
func failures(t *testing.T, err error, n int) map[int]error {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("want failures, got %v", err)
	}
	byIndex := map[int]error{}
	last := -1
	for _, err := range joined.Unwrap() {
		var failed *ipvs.OpError
		if !errors.As(err, &failed) || failed.Index <= last || failed.Index >= n {
			t.Fatalf("failure out of order, or none of an operation: %v", err)
		}
		last = failed.Index
		byIndex[last] = err
	}
	return byIndex
}

// A thousand operations in batches, every third refused: all others are carried
// out, and none of the failures is lost.
func TestLabBatchesOnARealKernel(t *testing.T) {
	_, client := labtest.Kernel(t)
	var ops []ipvs.Op
	for i := range 1000 {
		ops = append(ops, addService(i-i%3/2)) // 0 1 1 3 4 4 …
	}
	start := time.Now()
	err := client.Apply(ops...)
	t.Logf("1000 operations in %v", time.Since(start))
	failed := failures(t, err, len(ops))
	if len(failed) != 333 {
		t.Errorf("want 333 failures, got %d", len(failed))
	}
	for i, err := range failed {
		if i%3 != 2 || !errors.Is(err, ipvs.ErrServiceExists) {
			t.Errorf("failure %d: %v", i, err)
		}
	}
	if table, err := client.Table(); err != nil || len(table) != 667 {
		t.Errorf("%d services, %v", len(table), err)
	}
}

// More failures than a receive buffer holds answers, and not one operation that
// succeeds: each is reported, at its place and for its reason.
func TestLabEveryOperationFails(t *testing.T) {
	_, client := labtest.Kernel(t)
	if err := client.Apply(addService(1), on(ipvs.AddDestination, 1, "10.0.0.1:80")); err != nil {
		t.Fatal(err)
	}
	noScheduler, threshold := addService(2), on(ipvs.EditDestination, 1, "10.0.0.1:80")
	noScheduler.Service.Scheduler = "nosuch"
	threshold.Destination.LowerThreshold = 1
	bad := []struct {
		op   ipvs.Op
		want error
	}{
		{addService(1), ipvs.ErrServiceExists},
		{ipvs.Op{Kind: ipvs.DeleteService, Service: addService(2).Service}, ipvs.ErrNoService},
		{on(ipvs.AddDestination, 1, "10.0.0.1:80"), ipvs.ErrDestinationExists},
		{on(ipvs.DeleteDestination, 1, "10.0.0.2:80"), ipvs.ErrNoDestination},
		{on(ipvs.AddDestination, 1, "224.0.0.1:80"), ipvs.ErrInvalid},
		{threshold, ipvs.ErrThreshold},
		{ipvs.Op{Kind: ipvs.StopDaemon, Daemon: &ipvs.Daemon{Role: ipvs.MasterDaemon}}, ipvs.ErrNoDaemon},
	}
	const n = 3001
	var ops []ipvs.Op
	for i := range n {
		ops = append(ops, bad[i%len(bad)].op)
	}
	// This one makes the kernel look for a module: seconds if it were all of them.
	ops[n/2] = noScheduler
	failed := failures(t, client.Apply(ops...), n)
	for i := range n {
		want := bad[i%len(bad)].want
		if i == n/2 {
			want = ipvs.ErrScheduler
		}
		if !errors.Is(failed[i], want) {
			t.Errorf("operation %d: got %v, want %v", i, failed[i], want)
		}
	}
	if table, err := client.Table(); err != nil || len(table) != 1 || len(table[0].Destinations) != 1 {
		t.Errorf("the table changed: %v, %v", table, err)
	}
}

// The first and the last operation of each datagram, and every size of a batch
// around the limits that a client may have.
func TestLabFailuresAtTheSeams(t *testing.T) {
	_, client := labtest.Kernel(t)
	if err := client.Apply(addService(0)); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1025} {
		good := ipvs.Op{Kind: ipvs.EditService, Service: addService(0).Service}
		ops := make([]ipvs.Op, n)
		for i := range ops {
			ops[i] = good
		}
		for _, at := range []int{0, n / 2, n - 1} {
			ops[at] = addService(0)
			err := client.Apply(ops...)
			var failed *ipvs.OpError
			if got := failures(t, err, n); len(got) != 1 || !errors.As(got[at], &failed) || !errors.Is(failed, ipvs.ErrServiceExists) {
				t.Errorf("%d operations, the one at %d is bad: %v", n, at, err)
			}
			ops[at] = good
		}
		if err := client.Apply(ops...); err != nil {
			t.Errorf("%d good operations: %v", n, err)
		}
	}
}
