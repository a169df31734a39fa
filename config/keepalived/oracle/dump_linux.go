package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// atOnce is how many keepaliveds run at the same time. Half their time is waiting.
const atOnce = 4

// Missing tells why keepalived cannot be asked here, "" if it can.
func Missing() string {
	if os.Geteuid() != 0 {
		return "keepalived is run in namespaces, which needs root"
	}
	if _, err := exec.LookPath("keepalived"); err != nil {
		return "keepalived is not installed"
	}
	out, err := exec.Command("keepalived", "--version").CombinedOutput()
	if first, _, _ := strings.Cut(string(out), "\n"); err != nil || !strings.Contains(first, "v2.2.7") {
		return "the installed keepalived is not 2.2.7: " + first
	}
	probe := exec.Command("true")
	probe.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
	if err := probe.Run(); err != nil {
		return "no namespaces can be made here: " + err.Error()
	}
	return ""
}

// Dump runs keepalived with harmless copies of the files, which it writes below
// dir. The results have the keys of files. An error is one of this machine, not
// of a file.
func Dump(ctx context.Context, dir string, files []string) (map[string]Result, error) {
	sockets, err := os.MkdirTemp("", "oracle")
	if err != nil {
		return nil, fmt.Errorf("make a folder for sockets: %w", err)
	}
	defer func() { _ = os.RemoveAll(sockets) }()
	var (
		mu      sync.Mutex
		errs    []error
		workers sync.WaitGroup
		results = map[string]Result{}
		queue   = make(chan int)
	)
	for range atOnce {
		workers.Go(func() {
			for i := range queue {
				r, err := dumpOne(ctx, filepath.Join(sockets, fmt.Sprint(i)), filepath.Join(dir, fmt.Sprint(i)), files[i])
				mu.Lock()
				results[files[i]] = r
				if err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", files[i], err))
				}
				mu.Unlock()
			}
		})
	}
	for i := range files {
		queue <- i
	}
	close(queue)
	workers.Wait()
	return results, errors.Join(errs...)
}

// dumpOne runs keepalived with one file: once with the whole, and where that ends
// early once with each half of what is missing.
func dumpOne(ctx context.Context, socket, dir, file string) (Result, error) {
	start := time.Now()
	path, text, err := copyHarmless(dir, file)
	if err != nil {
		return Result{}, err
	}
	whole, devices, err := runWithDevices(ctx, socket, path, text)
	r := Result{Path: path, Running: whole.running, Exit: whole.exit, Log: whole.said[Parent], Dump: map[Process]string{}}
	whole.addTo(&r, VRRP, Checker, BFD)
	if !whole.running && err == nil {
		err = runHalves(ctx, socket, path, devices, whole, &r)
	}
	r.Took = time.Since(start)
	return r, err
}

// runHalves runs VRRP and checkers each on its own, if they did not come to print
// what they read when they were together.
func runHalves(ctx context.Context, socket, path string, devices []string, whole run, r *Result) error {
	for p, options := range map[Process][]string{VRRP: {"-P", "-B"}, Checker: {"-C", "-B"}} {
		if !whole.started[p] || r.Dump[p] != "" || len(whole.started) < 2 {
			continue
		}
		half, err := runKeepalived(ctx, socket, path, devices, options...)
		if err != nil {
			return err
		}
		half.addTo(r, p)
	}
	return nil
}

// runWithDevices runs keepalived with the interfaces that the text names, and again
// with those that it did not find. It gives the interfaces of the last run.
func runWithDevices(ctx context.Context, socket, path, text string) (r run, devices []string, err error) {
	devices = Devices(text)
	for range 4 {
		r, err = runKeepalived(ctx, socket, path, devices)
		if err != nil {
			return r, devices, err
		}
		more := devices
		for _, name := range missing(slices.Concat(r.said[Parent], r.said[VRRP], r.said[Checker]), text) {
			if !slices.Contains(more, name) {
				more = append(slices.Clone(more), name)
			}
		}
		if len(more) == len(devices) {
			break
		}
		devices = more
	}
	return r, devices, nil
}
