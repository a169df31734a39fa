package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	tests := []struct {
		name, in, want string
		ok             bool
	}{
		{
			name: "pass and skip",
			in: `{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"B","Output":"    a_test.go:7: needs root\n"}
{"Action":"skip","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Elapsed":1.5}`,
			want: "skip p B: needs root\nok   p 1.5s\n1 passed, 0 failed, 1 skipped\n",
			ok:   true,
		},
		{
			name: "failure with its output",
			in: `{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:7: bad\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p","Elapsed":1}`,
			want: "FAIL p A\n    a_test.go:7: bad\nFAIL p 1.0s\nFAIL\n0 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "kernel panic: the package fails, no test does",
			in: `{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Output":"lab: the kernel ended before the command did\n"}
{"Action":"fail","Package":"p","Elapsed":1}`,
			want: "FAIL p 1.0s\nlab: the kernel ended before the command did\n1 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "does not build",
			in: `{"Action":"build-output","ImportPath":"p","Output":"x.go:1: no\n"}
{"Action":"build-fail","ImportPath":"p"}`,
			want: "x.go:1: no\n0 passed, 1 failed, 0 skipped\n",
		},
		{name: "nothing ran", in: "", want: "0 passed, 0 failed, 0 skipped\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			if ok := s.close(); ok != tt.ok || out.String() != tt.want {
				t.Errorf("ok %v, want %v\ngot:\n%s\nwant:\n%s", ok, tt.ok, out.String(), tt.want)
			}
		})
	}
}
