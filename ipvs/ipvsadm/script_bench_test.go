package ipvsadm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
)

// manyRules is what -S writes of 5000 services with 10 real servers each.
func manyRules() string {
	var text strings.Builder
	for s := range 5000 {
		service := fmt.Sprintf("10.%d.%d.1:80", s/250, s%250)
		fmt.Fprintf(&text, "-A -t %s -s wlc\n", service)
		for d := range 10 {
			fmt.Fprintf(&text, "-a -t %s -r 172.16.%d.%d:8080 -m -w 100\n", service, s%250, d)
		}
	}
	return text.String()
}

// 55 000 lines take about 20 ms, and no memory.
func BenchmarkScript(b *testing.B) {
	s := script{text: manyRules(), uncomment: noComments}
	b.SetBytes(int64(len(s.text)))
	b.ReportAllocs()
	for b.Loop() {
		lines := 0
		for _, r := range s.rules() {
			if r.kind == Change {
				lines++
			}
		}
		if lines != 55000 {
			b.Fatal(lines)
		}
	}
}

func BenchmarkReadRules(b *testing.B) {
	text := []byte(manyRules())
	b.ReportAllocs()
	for b.Loop() {
		if t, err := ReadRules(string(text), nil); err != nil || len(t) != 5000 {
			b.Fatal(len(t), err)
		}
	}
}

// One line makes no garbage at all.
func TestLinesMakeNoGarbage(t *testing.T) {
	p := parser{}
	var args []string
	n := testing.AllocsPerRun(100, func() {
		args = appendWords(args[:0], "-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 100 -x 5 -y 1")
		if kind, err := p.line(args); kind != Change || err != nil || p.op.Kind != ipvs.AddDestination {
			t.Fatal(kind, err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
