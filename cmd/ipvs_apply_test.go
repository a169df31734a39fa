package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

// two services, of which files name the first.
var two = []string{
	"-A -t 192.0.2.1:80 -s wlc",
	"-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1",
	"-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1",
	"-A -t 192.0.2.2:80 -s rr",
	"-a -t 192.0.2.2:80 -r 10.0.0.9:80 -g -w 1",
}

const webYAML = `schema: lvsctl.ipvs/v1
services:
  - protocol: tcp
    address: 192.0.2.1
    port: 80
    servers:
      - address: 10.0.0.1
      - {address: 10.0.0.3, weight: 5}`

// What apply makes of two, without and with the service that the file leaves out.
var (
	webRules  = "-A -t 192.0.2.1:80 -s wlc\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1\n-a -t 192.0.2.1:80 -r 10.0.0.3:80 -g -w 5\n"
	restRules = "-A -t 192.0.2.2:80 -s rr\n-a -t 192.0.2.2:80 -r 10.0.0.9:80 -g -w 1\n"
)

func TestApply(t *testing.T) {
	for _, tc := range []struct {
		name, options string
		stdout        string
		rules         string
		detailed      int
	}{
		{"named services", "", "changed: 1 server added, 1 server removed\n", webRules + restRules, 2},
		{"prune", "--prune", "changed: 1 service removed, 1 server added, 1 server removed\n", webRules, 2},
		{"check", "--check --prune", "would change: 1 service removed, 1 server added, 1 server removed\n", strings.Join(two, "\n") + "\n", 2},
	} {
		b := newBench(t, two...)
		file := b.file("web.yaml", webYAML)
		if got := b.must("apply " + tc.options + " " + file); got != tc.stdout {
			t.Errorf("%s: stdout %q", tc.name, got)
		}
		if d := gocmp.Diff(tc.rules, b.rules()); d != "" {
			t.Errorf("%s: table (-want +got):\n%s", tc.name, d)
		}
		b.load(two...)
		if _, errs, status := b.do("apply --detailed-exitcode " + tc.options + " " + file); status != tc.detailed || errs != "" {
			t.Errorf("%s: detailed status %d, stderr %q", tc.name, status, errs)
		}
		if strings.Contains(tc.options, "--check") {
			continue
		}
		asked := len(b.kernel.Ops())
		if out, _, status := b.do("apply --detailed-exitcode " + tc.options + " " + file); out != "no change\n" || status != 0 {
			t.Errorf("%s: again: status %d, %q", tc.name, status, out)
		}
		if more := b.kernel.Ops()[asked:]; len(more) != 0 {
			t.Errorf("%s: again: the kernel was asked for %v", tc.name, more)
		}
	}
}

// No operation flushes, and what stays is not touched.
func TestApplyTouchesOnlyWhatDiffers(t *testing.T) {
	b := newBench(t, two...)
	b.must("apply " + b.file("web.yaml", webYAML))
	var got []string
	for _, op := range b.kernel.Ops() {
		got = append(got, op.String())
	}
	want := []string{"add server 10.0.0.3:80 to service TCP 192.0.2.1:80", "delete server 10.0.0.2:80 from service TCP 192.0.2.1:80"}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

const webDifference = `--- the kernel
+++ the file
@@ TCP 192.0.2.1:80 @@
+  -a -t 192.0.2.1:80 -r 10.0.0.3:80 -g -w 5
-  -a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1
`

const pruneDifference = `@@ TCP 192.0.2.2:80 @@
-  -A -t 192.0.2.2:80 -s rr
-  -a -t 192.0.2.2:80 -r 10.0.0.9:80 -g -w 1
`

func TestDiff(t *testing.T) {
	b := newBench(t, two...)
	file := b.file("web.yaml", webYAML)
	for line, want := range map[string]struct {
		stdout string
		status int
	}{
		"diff ":                     {webDifference, 0},
		"diff --prune ":             {webDifference + pruneDifference, 0},
		"diff --detailed-exitcode ": {webDifference, 2},
		"apply --check --diff ":     {webDifference + "would change: 1 server added, 1 server removed\n", 0},
		"apply --check --diff --drain 1m --prune ": {webDifference + pruneDifference + "would change: 1 service removed, 1 server added, 2 servers edited, 1 server removed\n", 0},
	} {
		if out, errs, status := b.do(line + file); out != want.stdout || errs != "" || status != want.status {
			t.Errorf("%s: status %d, stderr %q, stdout (-want +got):\n%s", line, status, errs, gocmp.Diff(want.stdout, out))
		}
	}
	out, errs, status := b.do("apply --check --diff -o json " + file)
	if errs != webDifference || !json.Valid([]byte(out)) || status != 0 {
		t.Errorf("with json: status %d, stdout %q, stderr %q", status, out, errs)
	}
	b.must("apply " + file)
	if out, errs, status := b.do("diff --detailed-exitcode " + file); out != "" || errs != "" || status != 0 {
		t.Errorf("no difference: status %d, stdout %q, stderr %q", status, out, errs)
	}
}

// Exactly this is what Ansible gets.
func TestApplyJSON(t *testing.T) {
	b := newBench(t, two...)
	file := b.file("web.yaml", strings.Replace(webYAML, "    servers:", "    scheduler: sh\n    scheduler_flags: [sh-port]\n    servers:", 1)+"\n"+
		"timeouts: {tcp_seconds: 60}\nsync_daemons: [{role: master, interface: eth0}]")
	want := strings.Split(`{
  "changed": true,
  "ops": [
    {
      "op": "set_timeouts",
      "timeouts": {
        "tcp_seconds": 60,
        "tcp_fin_seconds": 0,
        "udp_seconds": 0
      }
    },
    {
      "op": "edit_service",
      "service": {
        "protocol": "tcp",
        "family": "ipv4",
        "address": "192.0.2.1",
        "port": 80,
        "scheduler": "sh",
        "scheduler_flags": [
          "sh-port"
        ]
      },
      "before": {
        "protocol": "tcp",
        "family": "ipv4",
        "address": "192.0.2.1",
        "port": 80,
        "scheduler": "wlc"
      }
    },
    {
      "op": "add_server",
      "service": {
        "protocol": "tcp",
        "family": "ipv4",
        "address": "192.0.2.1",
        "port": 80
      },
      "server": {
        "address": "10.0.0.3",
        "port": 80,
        "forward": "route",
        "weight": 5
      }
    },
    {
      "op": "delete_server",
      "service": {
        "protocol": "tcp",
        "family": "ipv4",
        "address": "192.0.2.1",
        "port": 80
      },
      "server": {
        "address": "10.0.0.2",
        "port": 80
      }
    },
    {
      "op": "start_sync_daemon",
      "sync_daemon": {
        "role": "master",
        "interface": "eth0",
        "sync_id": 0
      }
    }
  ]
}`, "\n")
	b.same("check", b.must("apply --check -o json "+file), want...)
	b.same("diff", b.must("diff -o json "+file), want...)
	b.same("done", b.must("apply -o json "+file), want...)
	b.same("again", b.must("apply -o json "+file), "{", `  "changed": false,`, `  "ops": []`, "}")
}

// A mistake anywhere in the file: all are told, nothing is changed.
func TestApplyWrongFile(t *testing.T) {
	b := newBench(t, two...)
	for _, tc := range []struct {
		name   string
		lines  []string
		status int
		stderr []string
	}{
		{"rules", []string{"-A -t 192.0.2.1:81", "-a -t 192.0.2.1:81 -r 10.0.0.1 -w x", "-A -t 192.0.2.1"}, 1, []string{":2:35: illegal weight", ":3:1: ", "\n    -a -t 192.0.2.1:81 -r 10.0.0.1 -w x\n                                      ^\n"}},
		{"yaml", []string{"schema: lvsctl.ipvs/v1", "services:", "- protocol: icmp"}, 1, []string{`:3:13: "icmp" is no protocol`, "\n    - protocol: icmp\n                ^\n"}},
		{"json", []string{"{"}, 1, []string{":1:1: this is no JSON"}},
	} {
		file := b.file(tc.name, tc.lines...)
		for _, verb := range []string{"apply", "restore", "diff", "apply --check"} {
			out, errs, status := b.do(verb + " " + file)
			if status != tc.status || out != "" {
				t.Errorf("%s %s: status %d, stdout %q", verb, tc.name, status, out)
			}
			for _, want := range tc.stderr {
				if !strings.Contains(errs, want) {
					t.Errorf("%s %s: %q is not in\n%s", verb, tc.name, want, errs)
				}
			}
		}
	}
	if len(b.kernel.Ops()) != 0 {
		t.Errorf("changed: %v", b.kernel.Ops())
	}
}

// A file without services must not empty the table.
func TestEmptyFile(t *testing.T) {
	b := newBench(t, two...)
	empty := b.file("empty", "# nothing")
	for line, want := range map[string]int{"apply ": 0, "diff ": 0, "apply --prune ": 1, "diff --prune ": 1, "restore ": 1} {
		_, errs, status := b.do(line + empty)
		if status != want || (want == 1) != strings.Contains(errs, "names no services; that does not mean that all shall go\nhint: to remove every service: lvsctl ipvs clear --yes") {
			t.Errorf("%s: status %d, stderr %q", line, status, errs)
		}
	}
	if len(b.kernel.Ops()) != 0 {
		t.Errorf("changed: %v", b.kernel.Ops())
	}
	b.must("restore " + b.file("none.yaml", "schema: lvsctl.ipvs/v1", "services: []"))
	if got := b.rules(); got != "" {
		t.Errorf("left: %s", got)
	}
}

func TestRestore(t *testing.T) {
	b := newBench(t, two...)
	before := b.kernel.Table()
	before[0].Destinations[0].ActiveConns = 5
	b.kernel.Load(before)
	b.input = webYAML
	if out := b.must("restore -"); out != "" {
		t.Errorf("stdout %q", out)
	}
	if got := b.rules(); got != webRules {
		t.Errorf("got\n%s", got)
	}
	for _, d := range b.kernel.Table()[0].Destinations {
		if d.Address == before[0].Destinations[0].Address && d.ActiveConns != 5 {
			t.Error("a server that stays lost its connections")
		}
	}
	for _, op := range b.kernel.Ops() {
		if op.Kind == ipvs.Flush {
			t.Error("the table was flushed")
		}
	}
}

func TestApplyRefused(t *testing.T) {
	for _, verb := range []string{"apply --prune ", "restore ", "apply --prune --drain 1m ", "apply --prune --confirm-within 1h --run-dir " + t.TempDir() + " "} {
		b := newBench(t, two...)
		b.kernel.Fail(2, syscall.ENOMEM)
		out, errs, status := b.do(verb + b.file("web.yaml", webYAML))
		if status != 1 || out != "" || !strings.Contains(errs, "the others were undone, the table is as it was\n  not done: ") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", verb, status, out, errs)
		}
		if d := gocmp.Diff(strings.Join(two, "\n")+"\n", b.rules()); d != "" {
			t.Errorf("%s: table (-want +got):\n%s", verb, d)
		}
	}
}

func TestApplyWrongUsage(t *testing.T) {
	b := newBench(t, two...)
	for _, line := range []string{"apply", "apply a b", "apply --nope f", "apply --drain x f", "apply --drain -5s f", "apply -o table f", "diff", "restore", "restore a b"} {
		if out, errs, status := b.do(line); status != 2 || out != "" || !strings.Contains(errs, "\nhint: lvsctl ipvs ") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", line, status, out, errs)
		}
		if strings.HasPrefix(line, "restore") {
			continue
		}
		if _, _, status := b.do(strings.Replace(line, " ", " --detailed-exitcode ", 1) + map[bool]string{true: " --detailed-exitcode"}[!strings.Contains(line, " ")]); status != 1 {
			t.Errorf("%s: detailed status %d", line, status)
		}
	}
	if _, errs, status := b.do("apply /nonexistent"); status != 1 || !strings.Contains(errs, "/nonexistent") {
		t.Errorf("status %d, stderr %q", status, errs)
	}
}

// applyOn runs apply on a bench with a plan of two to webYAML, inside a bubble of
// time.
func applyOn(b *bench, ctx context.Context, o change.Options) (out, errs *bytes.Buffer, err error) {
	v, out, errs := b.verbs()
	v.poll = time.Second
	a := &application{verbs: v, output: &choiceFlag{value: "text"}, options: o}
	b.input = webYAML
	v.In = strings.NewReader(webYAML)
	err = a.plan("-", func(k *ipvs.Client, have change.State, p change.Plan) error { return a.run(ctx, k, have, p) })
	return out, errs, err
}

func TestApplyDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two...)
		table := b.kernel.Table()
		for i := range table {
			for j := range table[i].Destinations {
				table[i].Destinations[j].ActiveConns = 1
			}
		}
		b.kernel.Load(table)
		start := time.Now()
		var weight uint32 = 9
		time.AfterFunc(time.Second/2, func() {
			for _, d := range b.kernel.Table()[0].Destinations {
				if d.Address.String() == "10.0.0.2:80" {
					weight = d.Weight
				}
			}
		})
		out, errs, err := applyOn(b, t.Context(), change.Options{Drain: 90 * time.Second})
		if err != nil || out.String() != "changed: 1 server added, 1 server edited, 1 server removed\n" || !strings.Contains(errs.String(), "waiting for connections of servers that leave, 1m30s at most") {
			t.Errorf("%v, stdout %q, stderr %q", err, out, errs)
		}
		if took := time.Since(start); took != 90*time.Second || weight != 0 {
			t.Errorf("took %v, weight meanwhile %d", took, weight)
		}
		if got := b.rules(); got != webRules+restRules {
			t.Errorf("got\n%s", got)
		}
	})
}

func TestApplyDrainInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two...)
		table := b.kernel.Table()
		table[0].Destinations[0].ActiveConns, table[0].Destinations[1].ActiveConns = 1, 1
		b.kernel.Load(table)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		out, _, err := applyOn(b, ctx, change.Options{Drain: time.Hour})
		if err == nil || !strings.HasPrefix(err.Error(), "interrupted; with weight 0, but not removed:\n  server 10.0.0.2:80") || exitStatus(err) != 1 || out.String() != "" {
			t.Errorf("%v, stdout %q", err, out)
		}
		if !strings.Contains(b.rules(), "-r 10.0.0.2:80 -g -w 0") {
			t.Errorf("got\n%s", b.rules())
		}
	})
}

// trial is an apply that waits for its confirmation.
type trial struct {
	*bench
	dir    string
	cancel context.CancelFunc
	ended  chan struct{}
	out    string
	errs   string
	status int
}

func startTrial(t *testing.T, within string) *trial {
	if _, err := os.Stat("/proc/thread-self/ns/net"); err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	r := &trial{bench: newBench(t, two...), dir: t.TempDir(), ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel = cancel
	t.Cleanup(cancel)
	file := r.file("web.yaml", webYAML)
	go func() {
		defer close(r.ended)
		r.out, r.errs, r.status = r.run(ctx, "apply --confirm-within "+within+" --run-dir "+r.dir+" "+file)
	}()
	return r
}

// changed waits until the change was made.
func (r *trial) changed() {
	for r.rules() != webRules+restRules {
		select {
		case <-r.ended:
			r.Fatalf("ended: status %d, %q", r.status, r.errs)
		default:
		}
	}
}

func (r *trial) undone(why string) {
	r.Helper()
	<-r.ended
	if r.status != 1 || r.out != "" || !strings.Contains(r.errs, "lvsctl: the change was undone: "+why) {
		r.Errorf("status %d, stdout %q, stderr %q", r.status, r.out, r.errs)
	}
	if d := gocmp.Diff(strings.Join(two, "\n")+"\n", r.rules()); d != "" {
		r.Errorf("table (-want +got):\n%s", d)
	}
}

func TestConfirm(t *testing.T) {
	r := startTrial(t, "1h")
	r.changed()
	// A lost terminal is no reason to undo.
	if err := unix.Kill(os.Getpid(), unix.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := r.do("apply --confirm-within 1h --run-dir " + r.dir + " " + r.file("two", two...)); status != 1 || !strings.Contains(errs, "another change waits for its confirmation") {
		t.Errorf("a second trial: status %d, stderr %q", status, errs)
	}
	if got := r.must("confirm --run-dir " + r.dir); got != "the change stays\n" {
		t.Errorf("got %q", got)
	}
	<-r.ended
	if r.status != 0 || r.out != "changed: 1 server added, 1 server removed\n" || !strings.Contains(r.errs, "unless lvsctl ipvs confirm comes within 1h0m0s, this is undone") {
		t.Errorf("status %d, stdout %q, stderr %q", r.status, r.out, r.errs)
	}
	if got := r.rules(); got != webRules+restRules {
		t.Errorf("got\n%s", got)
	}
	_, errs, status := r.do("confirm --run-dir " + r.dir)
	if status != 1 || !strings.HasPrefix(errs, "lvsctl: no change waits for a confirmation\nhint: ") {
		t.Errorf("confirmed twice: status %d, stderr %q", status, errs)
	}
}

func TestNotConfirmed(t *testing.T) {
	startTrial(t, "10ms").undone("it was not confirmed within 10ms")
}

func TestConfirmInterrupted(t *testing.T) {
	r := startTrial(t, "1h")
	r.changed()
	r.cancel()
	r.undone("it was interrupted")
}

// Two network namespaces do not get into each other's way.
func TestTrialNames(t *testing.T) {
	here, err := trialName("")
	if err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	if again, err := trialName("/proc/self/ns/net"); err != nil || again != here || !strings.HasPrefix(here, "ipvs-apply-") {
		t.Errorf("%q and %q, %v", here, again, err)
	}
	if other, err := trialName("/proc/self/ns/uts"); err != nil || other == here {
		t.Errorf("%q for another namespace, %v", other, err)
	}
	if _, err := trialName("nosuch-namespace"); err == nil {
		t.Error("a namespace that does not exist")
	}
}

// Who confirms in the moment in which the change is undone is told so.
func TestConfirmTooLate(t *testing.T) {
	over := make(chan struct{})
	close(over)
	if kept, err := confirm(make(chan struct{}), over)(t.Context()); kept == true || err == nil || !strings.Contains(err.Error(), "too late") {
		t.Errorf("%v, %v", kept, err)
	}
}
