package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestDiagnosticString(t *testing.T) {
	d := Diagnostic{
		Severity: Warning,
		Where:    Position{"k.conf", 27, 7},
		Message:  "unknown state",
		Hint:     "did you mean BACKUP?",
		Line:     "\tstate\u00a0BACKP # 状态\r\n",
	}
	const want = "k.conf:27:7: warning: unknown state\n" +
		"     state BACKP # 状态\n" +
		"          ^\n" +
		"    hint: did you mean BACKUP?\n"
	if got := d.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestDiagnosticWithoutLine(t *testing.T) {
	d := Diagnostic{Severity: Error, Where: Position{"k.conf", 1, 1}, Message: "no"}
	if got, want := d.String(), "k.conf:1:1: error: no\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDiagnosticsErr(t *testing.T) {
	warning := Diagnostic{Severity: Warning, Message: "w"}
	failure := Diagnostic{Severity: Error, Where: Position{"f", 2, 3}, Message: "e"}
	if err := (Diagnostics{warning}).Err(); err != nil {
		t.Errorf("warnings are no error: %v", err)
	}
	err := Diagnostics{warning, failure, failure}.Err()
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok || len(invalid.Diagnostics) != 2 {
		t.Fatalf("got %v", err)
	}
	if got, want := err.Error(), "f:2:3: error: e\nf:2:3: error: e"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSecret(t *testing.T) {
	s := Authentication{Type: Write(AuthPass, Position{}), Password: Write(Secret("hunter2"), Position{})}
	text, err := s.Password.V.MarshalText()
	if got := fmt.Sprintf("%v %+v %#v %s %s", s, s, s, s.Password.V, text); err != nil || got == "" {
		t.Fatal(err)
	} else if strings.Contains(got, "hunter2") {
		t.Errorf("shown: %s", got)
	}
	if got := Secret("").String(); got != "" {
		t.Errorf("no secret is shown as %q", got)
	}
}

// What is wrong with one part does not concern the other; what is wrong with the
// file concerns both.
func TestFor(t *testing.T) {
	ds := Diagnostics{
		{Severity: Error, Part: VirtualServers, Message: "servers"},
		{Severity: Error, Message: "file"},
		{Severity: Warning, Part: VirtualRouters, Message: "routers"},
	}
	for part, want := range map[Part]string{VirtualServers: "servers file ", VirtualRouters: "file routers ", Whole: "file "} {
		got := ""
		for _, d := range ds.For(part) {
			got += d.Message + " "
		}
		if got != want {
			t.Errorf("for %q: %q, want %q", part, got, want)
		}
	}
}
