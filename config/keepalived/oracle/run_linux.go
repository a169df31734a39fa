package oracle

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How long keepalived may take. It is busy for 0.1 s.
const (
	quiet    = 30 * time.Millisecond // nothing more is said: it has settled
	patience = 10 * time.Second
)

// run is one run of keepalived.
type run struct {
	running bool
	exit    int // -1 if it was stopped from here
	started map[Process]bool
	said    map[Process][]string
}

// headings show how far a process is. VRRP prints the interfaces at the end; the
// others print in one go, and are let end before they are believed to be through.
var headings = map[Process]string{
	VRRP:    "------< Interfaces >------",
	Checker: "------< Global definitions >------",
	BFD:     "------< Global definitions >------",
}

// stopLine begins the last line of each process.
const stopLine = "Stopped"

var startLines = map[string]Process{
	"Starting VRRP child process":        VRRP,
	"Starting Healthcheck child process": Checker,
	"Starting BFD child process":         BFD,
}

// runKeepalived runs it with one file, until it has printed what it read.
func runKeepalived(ctx context.Context, socket, path string, devices []string, options ...string) (run, error) {
	type outcome struct {
		run
		err error
	}
	done := make(chan outcome)
	go func() {
		// The namespaces and the filter are of this thread. It ends with the goroutine.
		runtime.LockOSThread()
		log, err := enterSandbox(socket, filepath.Dir(path), devices)
		if err != nil {
			done <- outcome{err: err}
			return
		}
		defer func() { _ = log.Close() }()
		r, err := superviseKeepalived(ctx, log, path, options)
		done <- outcome{r, err}
	}()
	o := <-done
	return o.run, o.err
}

// superviseKeepalived starts keepalived as the first process of a PID namespace,
// so that whatever it starts ends with it.
func superviseKeepalived(parent context.Context, log *net.UnixConn, path string, options []string) (run, error) {
	ctx, cancel := context.WithTimeout(parent, patience)
	defer cancel()
	args := append([]string{"-c", `mount -t proc proc /proc && exec keepalived "$@"`, "keepalived", "-n", "-d", "-D", "-R",
		"-p", "/run/p", "-r", "/run/r", "-c", "/run/c", "-b", "/run/b", "-f", filepath.Base(path)}, options...)
	cmd := exec.CommandContext(ctx, "sh", args...)
	cmd.Dir = filepath.Dir(path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return run{}, fmt.Errorf("start keepalived: %w", err)
	}
	ended := make(chan struct{})
	var result error
	go func() { result = cmd.Wait(); close(ended) }()
	w := watcher{run: run{started: map[Process]bool{}, said: map[Process][]string{}}, log: log, reached: map[Process]bool{}, stopped: map[Process]bool{}}
	if w.until(ended, w.settled) {
		w.running = true
		_ = cmd.Process.Signal(syscall.SIGTERM) // it prints the rest before it ends
		w.until(ended, w.over)
		_ = cmd.Process.Kill()
	}
	<-ended
	w.exit = exitStatus(result)
	if w.running || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		w.exit = -1
	}
	return w.run, context.Cause(parent)
}

func exitStatus(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := e.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal())
		}
		return e.ExitCode()
	}
	return 0
}

// watcher listens to what keepalived says.
type watcher struct {
	run
	log     *net.UnixConn
	reached map[Process]bool // printed all, or nearly
	stopped map[Process]bool
	idle    bool // there is nothing to do for it, and it waits for a better file
}

// until listens until enough is said and a little more, and tells whether
// keepalived still runs then.
func (w *watcher) until(ended <-chan struct{}, enough func() bool) bool {
	buf := make([]byte, 64<<10)
	for {
		select {
		case <-ended:
			for w.hear(buf, time.Millisecond) {
				continue
			}
			return false
		default:
		}
		if !w.hear(buf, quiet) && enough() {
			return true
		}
	}
}

// settled tells that every process printed what it read.
func (w *watcher) settled() bool {
	for p := range w.started {
		if !w.reached[p] {
			return false
		}
	}
	return len(w.started) > 0 || w.idle
}

// over tells that those that may have had more to print have ended. VRRP takes a
// second to end, and has nothing more to say.
func (w *watcher) over() bool {
	for p := range w.started {
		if p != VRRP && !w.stopped[p] {
			return false
		}
	}
	return true
}

var syslogLine = regexp.MustCompile(`(?s)^<\d+>.{15} ([^\[ ]+)(?:\[\d+\])?: (.*)$`)

// hear takes one line from the log, if there is one within the time.
func (w *watcher) hear(buf []byte, within time.Duration) bool {
	if err := w.log.SetReadDeadline(time.Now().Add(within)); err != nil {
		return false
	}
	n, err := w.log.Read(buf)
	if err != nil {
		return !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed)
	}
	m := syslogLine.FindStringSubmatch(strings.TrimRight(string(buf[:n]), "\n\x00"))
	if m == nil {
		return true
	}
	w.note(processOf(m[1]), m[2])
	return true
}

func (w *watcher) note(p Process, text string) {
	w.said[p] = append(w.said[p], text)
	for start, child := range startLines {
		if p == Parent && strings.HasPrefix(text, start) {
			w.started[child] = true
		}
	}
	w.idle = w.idle || text == "Warning - keepalived has no configuration to run"
	if text == headings[p] {
		w.reached[p] = true
	}
	if strings.HasPrefix(text, stopLine) {
		w.stopped[p] = true
	}
}

// processOf cuts the name of an instance from the name in the log.
func processOf(ident string) Process {
	for _, p := range []Process{VRRP, Checker, BFD} {
		if strings.HasPrefix(ident, string(p)) {
			return p
		}
	}
	return Parent
}

// addTo puts what processes said into the result, the dump apart.
func (r run) addTo(to *Result, processes ...Process) {
	for _, p := range processes {
		var dump strings.Builder
		for _, line := range r.said[p] {
			if strings.HasPrefix(line, "------<") || dump.Len() > 0 && strings.HasPrefix(line, " ") {
				dump.WriteString(line + "\n")
			} else {
				to.Log = append(to.Log, line)
			}
		}
		if dump.Len() > 0 && r.reachedEnd(p) {
			to.Dump[p] = dump.String()
		}
	}
}

// reachedEnd tells that a process printed all: VRRP has come to its last heading,
// another to its own end.
func (r run) reachedEnd(p Process) bool {
	for _, line := range r.said[p] {
		if p == VRRP && line == headings[p] || p != VRRP && strings.HasPrefix(line, stopLine) {
			return true
		}
	}
	return false
}
