package keepalived

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// bigConfig is a file of virtual servers with ten real servers each, which have a check.
func bigConfig(services int) string {
	var b strings.Builder
	for v := range services {
		fmt.Fprintf(&b, `virtual_server 10.%d.%d.%d 80 {
    delay_loop 6
    lb_algo wlc
    lb_kind DR
    persistence_timeout 50
    protocol TCP
`, 64+v>>16, v>>8&255, v&255)
		for r := range 10 {
			fmt.Fprintf(&b, `    real_server 172.16.%d.%d 80 {
        weight %d
        TCP_CHECK {
            connect_timeout 3
            retry 3
            delay_before_retry 3
            connect_port 80
        }
    }
`, r, v%250+1, r+1)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// TestBigTree reads 20 MB. Only one virtual server is in memory as a tree at a time.
func TestBigTree(t *testing.T) {
	text := bigConfig(10_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, statements, most := time.Now(), 0, uint64(0)
	for s := range parse(newSource("k.conf", text, Options{})) {
		statements += len(s.block.statements)
		if statements%15_000 == 0 {
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc-before.HeapAlloc)
		}
	}
	took := time.Since(start)
	t.Logf("%d MB in %s, at most %d MB of heap more", len(text)>>20, took.Round(time.Millisecond), most>>20)
	if statements != 150_000 {
		t.Errorf("%d statements", statements)
	}
	if most > 64<<20 {
		t.Errorf("%d MB of heap are needed beside the text", most>>20)
	}
	if took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// BenchmarkTree is the lexer and the parser alone, BenchmarkParse all.
func BenchmarkTree(b *testing.B) {
	text := bigConfig(10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for range parse(newSource("k.conf", text, Options{})) {
		}
	}
}
