//go:build linux

// Command bench measures lvsctl beside the tools it replaces, in one run, and
// prints the figures as a table. Run it with make bench: in the lab, but for the part
// config, which needs no IPVS and is measured on the host.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// figure is one line of the table: the same work done by lvsctl and by a peer.
type figure struct {
	work       string
	peer       string
	ours, them time.Duration // medians
	reach      float64       // how many times the peer's time ours may be
	slack      time.Duration // below this difference two times count as equal
	peak, most int64         // of a figure of memory: what was used and may be, in KiB
	theirPeak  int64         // what the peer used, if it was measured
}

// ok tells whether the figure is reached.
func (f figure) ok() bool {
	if f.most != 0 {
		return f.peak <= f.most
	}
	return f.ours <= time.Duration(float64(f.them)*f.reach)+f.slack
}

func main() {
	lvsctl := flag.String("lvsctl", "bin/lvsctl", "the binary to measure")
	runs := flag.Int("runs", 5, "runs of each measurement; the median counts")
	only := flag.String("only", "", "measure only this: start, restore, lists, changes, failover or config")
	flag.Parse()
	ok, err := bench(context.Background(), *lvsctl, *only, *runs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// bench measures everything and tells whether all figures are reached.
func bench(ctx context.Context, lvsctl, only string, runs int) (ok bool, err error) {
	lvsctl, err = filepath.Abs(lvsctl)
	if err != nil {
		return false, err
	}
	var figures []figure
	for _, part := range []struct {
		name    string
		measure func(context.Context, string, int) ([]figure, error)
		onHost  bool // measured only when asked for by name
	}{
		{"start", table((*tableBench).empty), false},
		{"restore", table((*tableBench).restores), false},
		{"lists", table((*tableBench).allLists), false},
		{"changes", table((*tableBench).changes), false},
		{"failover", failover, false},
		{"config", table((*tableBench).configCheck), true},
	} {
		if only != part.name && (only != "" || part.onHost) {
			continue
		}
		fs, err := part.measure(ctx, lvsctl, runs)
		if err != nil {
			return false, err
		}
		figures = append(figures, fs...)
	}
	return printFigures(figures), nil
}

func printFigures(figures []figure) bool {
	all := true
	fmt.Printf("%-44s %12s %26s %8s  %s\n", "work", "lvsctl", "peer", "ratio", "reached")
	for _, f := range figures {
		verdict := "yes"
		if !f.ok() {
			verdict, all = "NO", false
		}
		if f.most != 0 {
			fmt.Printf("%-44s %9d MB %26s %8s  %s\n", f.work, f.peak>>10, f.memoryPeer(), "", verdict)
			continue
		}
		fmt.Printf("%-44s %12s %26s %8s  %s\n", f.work, shown(f.ours), f.peer+" "+shown(f.them), ratio(f), verdict)
	}
	return all
}

// memoryPeer is what the memory is compared with.
func (f figure) memoryPeer() string {
	if f.theirPeak != 0 {
		return fmt.Sprintf("%s %d MB", f.peer, f.theirPeak>>10)
	}
	return fmt.Sprintf("at most %d MB", f.most>>10)
}

func shown(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}

func ratio(f figure) string {
	if f.them == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(f.ours)/float64(f.them))
}

func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2]
}
