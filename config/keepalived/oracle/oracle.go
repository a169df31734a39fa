// Package oracle asks the installed keepalived what it makes of a configuration.
//
// Dump runs keepalived over files in namespaces of their own, where it can do no
// harm, and gives the configuration that it prints. Parse makes entries of such a
// print, which a test can compare with the model. The package is for tests only.
package oracle

import (
	"strings"
	"time"
)

// Process is one of the processes of keepalived. Each prints its own part of the
// configuration.
type Process string

// Processes, by the names under which they log.
const (
	Parent  Process = "Keepalived"
	VRRP    Process = "Keepalived_vrrp"
	Checker Process = "Keepalived_healthcheckers"
	BFD     Process = "Keepalived_bfd"
)

// ScriptIDs are user and group of the user keepalived_script, who runs scripts if
// nobody is named. Every host that keeps to script security has it.
const ScriptIDs = "65534:65534"

// Result is what keepalived did with one file.
type Result struct {
	Path    string             // the harmless copy that it read
	Running bool               // it ran, with the whole file, until it was stopped
	Exit    int                // else its exit status, 128 and more for a signal, -1 if it hung
	Dump    map[Process]string // what it read, as it prints it; no entry if it did not come so far
	Log     []string           // what it said besides
	Took    time.Duration
}

// Complaints are the lines of the log that find fault with the file: those with a
// place, and those that keepalived marks.
func (r Result) Complaints() (out []string) {
	for _, line := range r.Log {
		low := strings.ToLower(line)
		if strings.HasPrefix(line, "(") || strings.Contains(low, "warning") || strings.Contains(low, "error") || strings.Contains(low, "invalid") {
			out = append(out, line)
		}
	}
	return out
}
