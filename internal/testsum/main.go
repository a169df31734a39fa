// Command testsum reads the output of go test -json, prints what a person wants
// to see of it (packages, failures whole, the reason of every skip) and closes
// with the count. Its exit status is 1 if anything failed or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !s.close() {
		os.Exit(1)
	}
}

// event is one line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
	ImportPath                    string // of a build
}

// summary is what has been seen so far.
type summary struct {
	out                     io.Writer
	text                    map[string][]string // output of what still runs, by package and test
	passed, failed, skipped int
	broken                  bool // a package failed outside its tests
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, text: map[string][]string{}}
}

// read takes the events. A line that is none is printed as it is.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Action == "" {
			s.print("%s\n", lines.Text())
			continue
		}
		s.take(e)
	}
	return lines.Err()
}

func (s *summary) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		s.print("%s", e.Output)
	case "build-fail":
		s.broken = true
	case "output":
		s.text[key] = append(s.text[key], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e, s.text[key])
		} else {
			s.endTest(e, s.text[key])
		}
		delete(s.text, key)
	}
}

func (s *summary) endTest(e event, text []string) {
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		s.print("FAIL %s %s\n%s", e.Package, e.Test, strings.Join(text, ""))
	case "skip":
		s.skipped++
		s.print("skip %s %s: %s\n", e.Package, e.Test, reason(text))
	}
}

func (s *summary) endPackage(e event, text []string) {
	switch e.Action {
	case "pass":
		s.print("ok   %s %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		s.broken = true
		s.print("FAIL %s %.1fs\n%s", e.Package, e.Elapsed, strings.Join(text, ""))
	}
}

// reason is what the test gave for its skip.
func reason(text []string) string {
	for _, l := range text {
		if _, why, ok := strings.Cut(l, "_test.go:"); ok {
			_, why, _ = strings.Cut(why, ": ")
			return strings.TrimSpace(why)
		}
	}
	return "no reason given"
}

// close prints the count and tells whether all is well.
func (s *summary) close() bool {
	if s.broken && s.failed == 0 {
		s.failed++ // a package that did not build or died outside a test
	}
	s.print("%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return s.failed == 0 && s.passed > 0
}

func (s *summary) print(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }
