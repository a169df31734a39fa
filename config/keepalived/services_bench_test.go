package keepalived

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/config"
)

// manyServices are n virtual servers with ten real servers each, all checked.
func manyServices(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "virtual_server 10.%d.%d.%d 80 {\n delay_loop 6\n lb_algo rr\n lb_kind DR\n protocol TCP\n", i>>16&255, i>>8&255, i&255)
		for k := range 10 {
			fmt.Fprintf(&b, " real_server 10.128.%d.%d 80 {\n  weight 1\n  TCP_CHECK {\n   connect_timeout 3\n   retry 3\n  }\n }\n", i&255, k+1)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// BenchmarkServices reads 10,000 virtual servers with 10 real servers each. The
// parts tell how long the lines take, and what is made of them.
func BenchmarkServices(b *testing.B) {
	text := manyServices(10_000)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for s := range parse(newSource("k.conf", text, Options{})) {
				_ = s
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readServices(b, text)
		}
	})
	b.Run("resolve", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			r := readServices(b, text)
			b.StartTimer()
			if said := config.Resolve(&r.config, config.Options{}); len(said) > 0 {
				b.Fatal(said[0])
			}
		}
	})
}

// readServices reads a text without resolving it.
func readServices(b *testing.B, text string) *reader {
	b.Helper()
	r := newReader(newSource("k.conf", text, Options{}))
	root := &block{statements: make([]statement, 1)}
	for s := range parse(r.source) {
		root.statements[0] = *s
		readBlock(r, rootTable(), root, &r.config)
	}
	if len(r.config.VirtualServers) != 10_000 {
		b.Fatalf("%d virtual servers", len(r.config.VirtualServers))
	}
	return r
}
