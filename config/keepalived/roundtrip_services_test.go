package keepalived

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// TestServicesRoundTrip writes what was read of every golden case, and reads it
// again: the virtual servers must be the same, defaults included.
func TestServicesRoundTrip(t *testing.T) {
	written := 0
	roundTrip := func(t *testing.T, name, text string) {
		first, ds := Parse(name, []byte(text))
		if ds.Err() != nil || len(first.VirtualServers)+len(first.ServerGroups) == 0 && first.TLS == nil {
			return
		}
		written++
		again := textOf(Lines(&first), "")
		second, ds := Parse(name, []byte(again))
		if err := ds.Err(); err != nil {
			t.Fatalf("%s: what is written is refused: %v\n%s", name, err, again)
		}
		if diff := gocmp.Diff(servicesDump(first), servicesDump(second)); diff != "" {
			t.Errorf("%s: read -, read again +:\n%s\nwritten:\n%s", name, diff, again)
		}
	}
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			roundTrip(t, d.Pos, goldenText(t, d))
			return d.Expected
		})
	})
	for _, path := range append(recordings(t, "check_"), "testdata/seed/keepalived-master.conf") {
		roundTrip(t, path, readFileString(t, path))
	}
	if written < 130 {
		t.Errorf("only %d cases were written", written)
	}
}

// textOf is the text of lines, as it would stand in a file.
func textOf(lines []Line, indent string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(indent + strings.Join(l.Words, " "))
		if l.HasBlock {
			b.WriteString(" {\n" + textOf(l.Block, indent+"  ") + indent + "}")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// servicesDump writes all values about virtual servers, whoever gave them.
func servicesDump(c config.Config) string {
	part := config.Config{TLS: c.TLS, ServerGroups: c.ServerGroups, VirtualServers: c.VirtualServers}
	var b strings.Builder
	everyValue(&b, "", reflect.ValueOf(part))
	return b.String()
}

// everyValue writes the values of a struct of the model, and those below it.
func everyValue(b *strings.Builder, path string, v reflect.Value) {
	switch {
	case isValue(v.Type()):
		if v.FieldByName("State").Uint() != uint64(config.Unset) {
			fmt.Fprintf(b, "%s = %v\n", path, v.FieldByName("V"))
		}
	case v.Type() == reflect.TypeFor[config.Position]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			everyValue(b, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			everyValue(b, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		everyValue(b, path, v.Elem())
	}
}
