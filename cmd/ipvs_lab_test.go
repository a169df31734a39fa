//go:build lab

package cmd

import (
	"os/exec"
	"strings"
	"testing"
)

// A table from beginning to end, with the exit status of every step, and the real
// ipvsadm as the second opinion.
func TestLabIPVS(t *testing.T) {
	const service, server = "-t 192.0.2.1:80", "-t 192.0.2.1:80 -r 10.0.0.1"
	for _, step := range []struct {
		args   string
		status int
		stderr string // beginning
	}{
		{"-C", 0, ""},
		{"-A " + service + " -s rr", 0, ""},
		{"-A " + service, 255, "Service already exists (add service TCP 192.0.2.1:80)"},
		{"-a " + server + " -w 100000", 0, ""},
		{"-a " + server, 255, "Destination already exists"},
		{"-e " + server + " -m -x", 255, "-x: missing argument"},
		{"-D -t 192.0.2.2:80", 255, "No such service"},
		{"-L -t 192.0.2.2:80", 1, "No such service"},
		{"-A -t 192.0.2.2:80 -s nosuch", 255, "Scheduler or persistence engine not found"},
	} {
		status, stdout, stderr := ipvsLine(strings.Fields(step.args)...)
		if status != step.status || stdout != "" || !strings.HasPrefix(stderr, step.stderr) || (stderr == "") != (step.status == 0) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", step.args, status, stdout, stderr)
		}
	}
	want, err := exec.Command("/usr/sbin/ipvsadm", "-Ln").Output()
	if err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := ipvsLine("-Ln"); status != 0 || stdout != string(want) || stderr != "" || !strings.Contains(stdout, "100000") {
		t.Errorf("status %d, stderr %q, got\n%s, want\n%s", status, stderr, stdout, want)
	}
	if out := runIPVSAsNobody(t, "-C"); !strings.Contains(out, "status=2 stderr=Can't initialize ipvs: Permission denied (you must be root)") {
		t.Errorf("nobody: %s", out)
	}
	if status, stdout, _ := ipvsLine("-Ln", "-t", "192.0.2.1:80"); status != 0 || !strings.Contains(stdout, "-> 10.0.0.1:80") {
		t.Errorf("nobody changed the table: status %d\n%s", status, stdout)
	}
}
