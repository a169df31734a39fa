package cmd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/vrrp"
)

const vrrpConf = `vrrp_instance VI_1 {
	interface eth0
	virtual_router_id 51
	priority 255
	advert_int 1
	authentication {
		auth_type PASS
		auth_pass s3cret
	}
	virtual_ipaddress {
		10.77.0.50
	}
}
`

// testVRRP gives a daemon of a configuration, with its log. It is not running.
func testVRRP(t *testing.T, configuration string) (*vrrpDaemon, *bytes.Buffer) {
	t.Helper()
	dir, log := t.TempDir(), &bytes.Buffer{}
	file := filepath.Join(dir, "lvs.conf")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newVRRPDaemon()
	d.file, d.runDir, d.log = file, dir, slog.New(slog.NewTextHandler(log, nil))
	return d, log
}

// What cannot run must say so and leave the host alone.
func TestVRRPRunRefuses(t *testing.T) {
	for _, c := range []struct{ name, conf, want string }{
		{"no virtual router", "global_defs {\n}\n", "there is no virtual router to run"},
		{"no such interface", strings.ReplaceAll(vrrpConf, "eth0", "lvsctl-none0"), "virtual router VI_1: interface lvsctl-none0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := testVRRP(t, c.conf)
			err := d.run(t.Context(), runVRRP(d))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if status := exitStatus(err); status != exitFailed || hint(err) == "" {
				t.Errorf("exit status %d, hint %q", status, hint(err))
			}
		})
	}
}

func TestVRRPStatusWithoutDaemon(t *testing.T) {
	var out, errs bytes.Buffer
	args := []string{"lvsctl", "vrrp", "status", "--run-dir", t.TempDir()}
	if got := Main(args, "test", Streams{Out: &out, Err: &errs}); got != exitFailed {
		t.Errorf("exit status %d", got)
	}
	if out.Len() > 0 || !strings.Contains(errs.String(), "lvsctl vrrp does not run") || !strings.Contains(errs.String(), "hint:") {
		t.Errorf("stdout %q, stderr %q", &out, &errs)
	}
}

func TestVRRPTable(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	stati := []vrrp.Status{
		{
			Instance: "VI_1", ID: 51, Interface: "eth0", State: vrrp.Backup, Since: now.Add(-90*time.Second - time.Millisecond),
			Priority: 99, Master: netip.MustParseAddr("10.0.0.1"),
			Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.50/32"), netip.MustParsePrefix("10.0.0.51/32")},
			Counters:  vrrp.Counters{Dropped: map[string]uint64{"ttl": 3, "password": 4}},
		},
		{
			Instance: "VI_2", ID: 5, Interface: "bond0", State: vrrp.Fault, Since: now, Priority: 255,
			Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.0.50/24")},
		},
	}
	var out bytes.Buffer
	err := printAs(&out, "table", stati, func(w *tabwriter.Writer) { writeVRRP(w, stati, now) })
	if err != nil {
		t.Fatal(err)
	}
	want := `INSTANCE  INTERFACE  VRID  STATE   FOR    PRIORITY  MASTER    ADDRESSES                  DROPPED
VI_1      eth0       51    BACKUP  1m30s  99        10.0.0.1  10.0.0.50/32,10.0.0.51/32  7
VI_2      bond0      5     FAULT   0s     255       -         10.1.0.50/24               0
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// awaitVRRP asks the daemon for its status until it is as wanted.
func awaitVRRP(t *testing.T, d *vrrpDaemon, wanted func([]vrrp.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var stati []vrrp.Status
	for ctx.Err() == nil {
		err := control.Get(ctx, d.runDir, vrrpName, "status", &stati)
		var absent *control.NotRunningError
		if err != nil && !errors.As(err, &absent) && ctx.Err() == nil {
			t.Fatal(err)
		}
		if err == nil && wanted(stati) {
			return
		}
		time.Sleep(5 * time.Millisecond) // the daemon is real here
	}
	t.Fatalf("status %+v", stati)
}
