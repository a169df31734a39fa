package yamlfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// A short file that stands for billions of words is refused, at once.
func TestAliasesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("names: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	b.WriteString("cows: &c0\n" + strings.Repeat("  - &c {name: x, weight: 1}\n", 1))
	for range 60_000 {
		b.WriteString("  - *c\n")
	}
	start := time.Now()
	ds := Decode("f.yaml", []byte(b.String()), &farm{})
	if len(ds) != 1 || !strings.Contains(ds[0].Message, "stand for more than 100000 values") {
		t.Errorf("got %v", ds)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// A merge of merges is refused too.
func TestMergesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("inside: &m0 {width: 1}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "x%d: &m%d {<<: [%s]}\n", i, i, strings.Repeat(fmt.Sprintf("*m%d, ", i-1), 10))
	}
	b.WriteString("pointer: *m29\n")
	ds := Decode("f.yaml", []byte(b.String()), &farm{})
	if !slices.ContainsFunc(ds, func(d config.Diagnostic) bool { return strings.Contains(d.Message, "stand for more") }) {
		t.Errorf("%d diagnostics, and none of aliases", len(ds))
	}
}

// The diagnostics of one file are bounded, and the rest is counted.
func TestDiagnosticsAreBounded(t *testing.T) {
	ds := Decode("f.yaml", []byte("cows:\n"+strings.Repeat("  - {foo: 1}\n", maxSaid+5)), &farm{})
	if len(ds) != maxSaid+1 || !strings.HasPrefix(ds[maxSaid].Message, "5 more") || ds.Err() == nil {
		t.Errorf("%d diagnostics, the last: %v", len(ds), ds[len(ds)-1])
	}
}

// Deep brackets come back as a diagnostic.
func TestDepthIsBounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 20_000), strings.Repeat("{a: ", 20_000), strings.Repeat("- ", 20_000), strings.Repeat("[", 9000) + strings.Repeat("]", 9000)} {
		for _, name := range []string{"f.yaml", "f.json"} {
			if ds := Decode(name, []byte("title: "+text), &farm{}); ds.Err() == nil {
				t.Errorf("%s: %.10s… was read", name, text)
			}
		}
	}
}

// large is the YAML of a director with so many services and servers.
func large(services, servers int) []byte {
	var b strings.Builder
	b.WriteString("virtual_servers:\n")
	for i := range services {
		fmt.Fprintf(&b, "  - address: 10.%d.%d.1:80\n    protocol: TCP\n    scheduler: wlc\n    method: DR\n    interval: 10s\n    real_servers:\n", i/256, i%256)
		for j := range servers {
			fmt.Fprintf(&b, "      - address: 10.%d.%d.%d:80\n        weight: 100\n        checks:\n          - kind: tcp\n            timeout: 3s\n            retries: 2\n", i/256, i%256, j+2)
		}
	}
	return []byte(b.String())
}

// BenchmarkDecode reads 10,000 services of 10 servers.
func BenchmarkDecode(b *testing.B) {
	text := large(10_000, 10)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var c config.Config
		if err := Decode("f.yaml", text, &c).Err(); err != nil || len(c.VirtualServers) != 10_000 {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode writes them.
func BenchmarkEncode(b *testing.B) {
	var c config.Config
	if err := Decode("f.yaml", large(10_000, 10), &c).Err(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Encode(&c, Options{Origins: true}); err != nil {
			b.Fatal(err)
		}
	}
}
