package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// size is that of a table.
type size struct{ services, servers int }

// sizes that are measured, the large one last.
var sizes = [...]size{{1000, 10}, {5000, 10}}

func (s size) String() string { return fmt.Sprintf("%dx%d", s.services, s.servers) }

// table makes a measurement of what is done with tables, beside ipvsadm.
func table(measure func(*tableBench)) func(context.Context, string, int) ([]figure, error) {
	return func(_ context.Context, lvsctl string, runs int) ([]figure, error) {
		dir, err := os.MkdirTemp("", "bench-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		b := &tableBench{lvsctl: lvsctl, dir: dir, runs: runs}
		measure(b)
		return b.figures, b.err
	}
}

// restores measures -R of each size.
func (b *tableBench) restores() {
	for _, s := range sizes {
		b.restore(s)
	}
}

// allLists measures the lists of each size.
func (b *tableBench) allLists() {
	for _, s := range sizes {
		b.lists(s)
	}
}

// tableBench collects figures. After an error it does nothing any more.
type tableBench struct {
	lvsctl, dir string
	runs        int
	figures     []figure
	err         error
}

// in runs measurements in a network namespace of their own, where servers of every
// address can be had.
func (b *tableBench) in(measure func(n *lab.Namespace) error) {
	if b.err != nil {
		return
	}
	n, err := lab.NewNamespace()
	if err == nil {
		_, err = n.Output("sh", "-c", "ip link set lo up && ip route add default dev lo")
		if err == nil {
			err = measure(n)
		}
		err = errors.Join(err, n.Close())
	}
	b.err = err
}

// shell runs a command line and gives how long it took, and the memory of its
// largest process in KiB.
func shell(n *lab.Namespace, line string) (took time.Duration, peak int64, err error) {
	c, err := spent(n, line)
	return c.took, c.peak, err
}

// cost is what a command line needed, with all processes that it started.
type cost struct {
	took, cpu time.Duration
	peak      int64 // memory of the largest process, in KiB
}

// spent runs a command line and gives what it needed.
func spent(n *lab.Namespace, line string) (c cost, err error) {
	begin := time.Now()
	err = n.Do(func() error {
		p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "exec " + line}, &os.ProcAttr{
			Env: os.Environ(), Files: []*os.File{nil, nil, os.Stderr},
		})
		if err != nil {
			return err
		}
		state, err := p.Wait()
		if err != nil {
			return err
		}
		c.cpu = state.UserTime() + state.SystemTime()
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			c.peak = usage.Maxrss
		}
		if !state.Success() {
			return fmt.Errorf("%s: %s", line, state)
		}
		return nil
	})
	c.took = time.Since(begin)
	return c, err
}

// rules writes the rules of a table, those of some servers with another weight.
func (b *tableBench) rules(s size, name string, changed int) (path string) {
	var text strings.Builder
	for v := range s.services {
		vip := fmt.Sprintf("10.1.%d.%d:80", v/250, v%250+1)
		fmt.Fprintf(&text, "-A -t %s -s wlc\n", vip)
		for r := range s.servers {
			weight := 1
			if r == 0 && v < changed {
				weight = 2
			}
			fmt.Fprintf(&text, "-a -t %s -r 10.%d.%d.%d:80 -g -w %d\n", vip, 2+r, v/250, v%250+1, weight)
		}
	}
	path = filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil && b.err == nil {
		b.err = err
	}
	return path
}

// pair measures two command lines in turn in one namespace, after before.
func (b *tableBench) pair(n *lab.Namespace, runs int, f figure, ours, theirs string) error {
	var us, them []time.Duration
	for range runs {
		took, _, err := shell(n, ours)
		if err != nil {
			return err
		}
		us = append(us, took)
		if took, _, err = shell(n, theirs); err != nil {
			return err
		}
		them = append(them, took)
	}
	f.ours, f.them = median(us), median(them)
	b.figures = append(b.figures, f)
	return nil
}

// empty measures a list of nothing: the start of the process.
func (b *tableBench) empty() {
	b.in(func(n *lab.Namespace) error {
		f := figure{work: "-Ln of an empty table", peer: "ipvsadm", reach: 2}
		return b.pair(n, 10*b.runs, f, b.lvsctl+" ipvs -Ln >/dev/null", "ipvsadm -Ln >/dev/null")
	})
}

// restore measures -R into an empty table, each run in a fresh namespace: the
// kernel searches what was deleted before.
func (b *tableBench) restore(s size) {
	rules := b.rules(s, "rules", 0)
	var times [2][]time.Duration
	var memory int64
	for range b.runs {
		for i, program := range [2]string{b.lvsctl + " ipvs", "ipvsadm"} {
			b.in(func(n *lab.Namespace) error {
				took, peak, err := shell(n, program+" -R < "+rules)
				times[i] = append(times[i], took)
				if i == 0 {
					memory = max(memory, peak)
				}
				return err
			})
		}
	}
	if b.err == nil {
		b.figures = append(b.figures,
			figure{work: "-R of " + s.String(), peer: "ipvsadm", ours: median(times[0]), them: median(times[1]), reach: 1.0 / 30},
			figure{work: "-R of " + s.String() + ", memory", peak: memory, most: 40 << 10})
	}
}

// lists measures listings of a table, and that they are alike.
func (b *tableBench) lists(s size) {
	rules := b.rules(s, "rules", 0)
	b.in(func(n *lab.Namespace) error {
		if _, _, err := shell(n, b.lvsctl+" ipvs -R < "+rules); err != nil {
			return err
		}
		for _, l := range []struct {
			options string
			reach   float64
		}{{"-Ln", 1.0 / 3}, {"-Sn", 1.0 / 3}, {"-Ln --stats", 1 / 1.5}} {
			a, b1 := filepath.Join(b.dir, "a"), filepath.Join(b.dir, "b")
			f := figure{work: l.options + " of " + s.String(), peer: "ipvsadm", reach: l.reach}
			if err := b.pair(n, b.runs, f, b.lvsctl+" ipvs "+l.options+" > "+a, "ipvsadm "+l.options+" > "+b1); err != nil {
				return err
			}
			if err := alike(a, b1); err != nil {
				return err
			}
		}
		return nil
	})
}

func alike(a, b string) error {
	x, err := os.ReadFile(a)
	if err != nil {
		return err
	}
	y, err := os.ReadFile(b)
	if err == nil && !slices.Equal(x, y) {
		err = errors.New("the two listings differ")
	}
	return err
}

// changes measures apply. The peer's way is to clear and to restore; that takes
// minutes, because the kernel searches the trash of deleted servers for every new
// one, so it is done once.
func (b *tableBench) changes() {
	s := sizes[len(sizes)-1]
	rules, other := b.rules(s, "rules", 0), b.rules(s, "changed", 10)
	b.in(func(n *lab.Namespace) error {
		if _, _, err := shell(n, b.lvsctl+" ipvs -R < "+rules); err != nil {
			return err
		}
		apply := b.lvsctl + " ipvs apply "
		for _, list := range []string{"-Ln", "list -o wide"} {
			f := figure{work: "apply of " + s.String() + ", no difference", peer: "lvsctl " + list, reach: 1.3}
			if err := b.pair(n, b.runs, f, apply+rules+" >/dev/null", b.lvsctl+" ipvs "+list+" >/dev/null"); err != nil {
				return err
			}
		}
		var us []time.Duration
		for i := range b.runs {
			took, _, err := shell(n, apply+[2]string{other, rules}[i%2]+" >/dev/null")
			if err != nil {
				return err
			}
			us = append(us, took)
		}
		them, _, err := shell(n, "sh -c 'ipvsadm -C; ipvsadm -R < "+other+"'")
		b.figures = append(b.figures, figure{
			work: "apply of " + s.String() + ", 10 servers differ", peer: "ipvsadm -C; -R", ours: median(us), them: them, reach: 1.0 / 50,
		})
		return err
	})
}
