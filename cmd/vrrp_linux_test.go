package cmd

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"github.com/lvsctl/lvsctl/vrrp"
)

// TestVRRPRun runs the command's daemon on a link of its own: start, status,
// reload by SIGHUP, stop.
func TestVRRPRun(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root for a network namespace")
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP) // so that one before the daemon listens kills nobody
	defer signal.Stop(hup)

	d, log := testVRRP(t, vrrpConf)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- inNewNamespace(func() error { return d.run(ctx, runVRRP(d)) }) }()

	awaitVRRP(t, d, func(s []vrrp.Status) bool { return len(s) == 1 && s[0].State == vrrp.Master })
	var table bytes.Buffer
	for _, output := range []string{"table", "json"} {
		args := []string{"lvsctl", "vrrp", "status", "--run-dir", d.runDir, "-o", output}
		if got := Main(args, "test", Streams{Out: &table, Err: &table}); got != exitOK {
			t.Errorf("status -o %s: exit status %d", output, got)
		}
	}
	if text := table.String(); !strings.Contains(text, "10.77.0.50/32") || strings.Contains(text, "s3cret") {
		t.Errorf("status:\n%s", text)
	}

	rewrite := func(conf string) {
		if err := os.WriteFile(d.file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(strings.Replace(vrrpConf, "priority 255", "priority 90", 1))
	awaitVRRP(t, d, func(s []vrrp.Status) bool {
		return len(s) == 1 && s[0].State == vrrp.Master && s[0].Priority == 90 && s[0].Counters.Transitions == 1
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Errorf("the log tells the password:\n%s", log)
	}
}

// inNewNamespace calls f on a thread of its own in a new network namespace with
// an eth0. The thread is not given back, so that nothing else runs there.
func inNewNamespace(f func() error) error {
	runtime.LockOSThread()
	ns, err := netns.New()
	if err != nil {
		return err
	}
	defer func() { _ = ns.Close() }()
	eth0 := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: "peer"}
	// On the host this would fail, rather than put addresses on the host's eth0.
	if err := netlink.LinkAdd(eth0); err != nil {
		return err
	}
	addr, err := netlink.ParseAddr("10.77.0.1/24")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(eth0, addr); err != nil {
		return err
	}
	for _, name := range []string{"lo", "eth0", "peer"} {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return err
		}
	}
	return f()
}
