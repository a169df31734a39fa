// Package boot runs a command where the kernel has IPVS: in fresh namespaces of
// the running kernel if that has ip_vs and we are root, else inside a
// user-mode-linux kernel on this machine's own files.
package boot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Spec is a command and where it runs.
type Spec struct {
	Command []string
	Dir     string        // working directory
	Env     []string      // as in os.Environ
	Memory  string        // of the user-mode kernel, "2G"
	Timeout time.Duration // for boot and command together
	Kernel  Kernel
}

// Kernel is which kernel to run in.
type Kernel string

// Kernels. Auto takes the running one where it can.
const (
	Auto    Kernel = "auto"
	Running Kernel = "running"
	UML     Kernel = "uml"
)

// ErrNoResult says that the kernel ended without the command having ended: a
// panic, or the time was up. It is never a success.
var ErrNoResult = errors.New("the kernel ended before the command did")

// Run runs the command and gives its exit status. The error is about the lab
// itself; a command that fails is none.
func Run(ctx context.Context, s Spec, stdout, stderr io.Writer) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "lab-")
	if err != nil {
		return 0, fmt.Errorf("make a place for the lab: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := writeSpec(dir, s); err != nil {
		return 0, err
	}
	if s.Kernel == UML || s.Kernel == Auto && !runningHasIPVS() {
		err = runUML(ctx, s, dir, stdout, stderr)
	} else {
		err = runNamespaced(ctx, dir, stdout, stderr)
	}
	status, resultErr := readResult(dir)
	switch {
	case resultErr == nil:
		return status, nil
	case ctx.Err() != nil:
		return 0, fmt.Errorf("%w: it did not finish within %s", ErrNoResult, s.Timeout)
	default:
		return 0, errors.Join(ErrNoResult, err)
	}
}

// specVariable names the directory of a lab to the program that is started in it.
const specVariable = "LVSCTL_LAB_DIR"

// The two files through which the outside and the inside of a lab talk.
const (
	specFile   = "spec.json"
	resultFile = "result"
)

func writeSpec(dir string, s Spec) error {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write the lab's task: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, specFile), b, 0o600)
}

func readSpec(dir string) (s Spec, err error) {
	b, err := os.ReadFile(filepath.Join(dir, specFile))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read the lab's task: %w", err)
	}
	return s, nil
}

func writeResult(dir string, status int) error {
	return os.WriteFile(filepath.Join(dir, resultFile), fmt.Append(nil, status), 0o600)
}

func readResult(dir string) (status int, err error) {
	b, err := os.ReadFile(filepath.Join(dir, resultFile))
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(string(b), &status)
	return status, err
}
