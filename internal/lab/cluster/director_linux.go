package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/ipvs"
)

// The tutorial's two files, unchanged.
var (
	//go:embed keepalived-master.conf
	masterConf string
	//go:embed keepalived-backup.conf
	backupConf string
)

// Software is what runs on the directors.
type Software string

// The two that can be compared.
const (
	Lvsctl     Software = "lvsctl"
	Keepalived Software = "keepalived"
)

// Director is a host that balances.
type Director struct {
	*lab.Host
	Software Software
	Log      Log // what its daemons wrote

	conf, runDir, lvsctl string
	daemons              []*lab.Process // in the order in which a clean stop ends them
}

func (c *Cluster) addDirector(lvsctl, name, addr, conf string) (*Director, error) {
	h, err := c.Network.AddHost(name, netip.PrefixFrom(netip.MustParseAddr(addr), 16))
	if err != nil {
		return nil, err
	}
	runDir := filepath.Join(c.dir, name)
	if err := os.MkdirAll(runDir, 0o755); err != nil {
		return nil, err
	}
	file, err := writeFile(c.dir, name+".conf", conf)
	return &Director{Host: h, Software: Lvsctl, conf: file, runDir: runDir, lvsctl: lvsctl}, err
}

// Run starts the director's daemons.
func (d *Director) Run() error {
	for _, argv := range d.commands() {
		p, err := d.Start(&d.Log, argv[0], argv[1:]...)
		if err != nil {
			return errors.Join(err, d.Kill())
		}
		d.daemons = append(d.daemons, p)
	}
	return nil
}

func (d *Director) commands() [][]string {
	if d.Software == Keepalived {
		pid := func(name string) string { return filepath.Join(d.runDir, name+".pid") }
		return [][]string{{"keepalived", "-n", "-l", "-f", d.conf, "-p", pid("main"), "-r", pid("vrrp"), "-c", pid("checkers")}}
	}
	return [][]string{
		{d.lvsctl, "vrrp", "run", "-f", d.conf, "--run-dir", d.runDir},
		{d.lvsctl, "watch", "-f", d.conf, "--run-dir", d.runDir},
	}
}

// Stop ends the daemons cleanly, as the service manager would: the virtual
// router first, then what it sends traffic to.
func (d *Director) Stop() error { return d.end(syscall.SIGTERM) }

// Kill ends the daemons without giving them a chance to clean up.
func (d *Director) Kill() error { return d.end(syscall.SIGKILL) }

func (d *Director) end(s syscall.Signal) error {
	var errs []error
	for _, p := range d.daemons {
		errs = append(errs, p.Stop(s))
	}
	d.daemons = nil
	return errors.Join(errs...)
}

// HasVIP tells whether the director has the virtual addresses.
func (d *Director) HasVIP() (bool, error) {
	addrs, err := d.Addresses("eth0")
	return slices.Contains(addrs, netip.MustParseAddr("172.28.14.227")), err
}

// Table is the director's virtual server table as lvsctl lists it.
func (d *Director) Table() (string, error) { return d.Output(d.lvsctl, "ipvs", "-Ln") }

// UntilMaster waits until the director has the virtual addresses, or not.
func (d *Director) UntilMaster(ctx context.Context, want bool) error {
	what := d.Name + " has the virtual addresses"
	if !want {
		what = d.Name + " has let the virtual addresses go"
	}
	return Until(ctx, what, func() (bool, error) {
		has, err := d.HasVIP()
		return has == want, err
	})
}

// UntilListed waits until the director sends to a real server, or does not.
func (d *Director) UntilListed(ctx context.Context, r *RealServer, want bool) error {
	what := r.Name + " is in the table of " + d.Name
	if !want {
		what = r.Name + " is out of the table of " + d.Name
	}
	return Until(ctx, what, func() (bool, error) {
		listed, err := d.lists(r.Addr)
		return listed == want, err
	})
}

// lists looks into the kernel itself: to run lvsctl over and over would slow
// the lab down, and with it what is measured.
func (d *Director) lists(real netip.AddrPort) (listed bool, err error) {
	err = d.Do(func() error {
		c, err := ipvs.Dial()
		if err != nil {
			return err
		}
		table, err := c.Table()
		for _, s := range table {
			listed = listed || slices.ContainsFunc(s.Destinations, func(e ipvs.DestinationEntry) bool { return e.Address == real })
		}
		return errors.Join(err, c.Close())
	})
	return listed, err
}

// Log keeps what several programs write.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes a note.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String gives all notes.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
