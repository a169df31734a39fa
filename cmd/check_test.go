package cmd

import (
	"bytes"
	"net"
	"regexp"
	"testing"
)

// lvsctl gives what a command line prints on both streams, and its exit status.
func lvsctl(args ...string) (out, errs string, status int) {
	var o, e bytes.Buffer
	status = Main(append([]string{"lvsctl"}, args...), "test", Streams{In: &bytes.Buffer{}, Out: &o, Err: &e})
	return o.String(), e.String(), status
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// closedPort is a target on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l := listener(t)
	_ = l.Close()
	return l.Addr().String()
}

func TestCheckTCP(t *testing.T) {
	open, closed := listener(t).Addr().String(), closedPort(t)
	const took = `\d+(\.\d+)?(ms|s)`
	tests := []struct {
		name   string
		args   []string
		out    string // regular expression
		errs   string
		status int
	}{
		{"up", []string{open}, `up tcp ` + open + ` connected in ` + took + `\n`, ``, 0},
		{"down", []string{closed}, `down tcp ` + closed + ` connect: connection refused after ` + took + `\n`, ``, 1},
		{"no such host", []string{"no..such:80"}, `down tcp no\.\.such:80 resolve: no such host after ` + took + `\n`, ``, 1},
		{"no port", []string{"127.0.0.1"}, ``, `lvsctl: "127.0.0.1" is not HOST:PORT\nhint: .*\[ADDRESS\]:PORT\n`, 2},
		{"no host", []string{":80"}, ``, `lvsctl: ":80" is not HOST:PORT\nhint: .*\n`, 2},
		{"port 0", []string{"127.0.0.1:0"}, ``, `lvsctl: port "0" .*\nhint: .*\n`, 2},
		{"port too high", []string{"127.0.0.1:65536"}, ``, `lvsctl: port "65536" .*\nhint: .*\n`, 2},
		{"no target", nil, ``, `lvsctl: accepts 1 arg.*\nhint: lvsctl check tcp --help\n`, 2},
		{"no time", []string{"--timeout", "0", open}, ``, `lvsctl: timeout 0s is not positive\nhint: .*\n`, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, status := lvsctl(append([]string{"check", "tcp"}, tt.args...)...)
			if !regexp.MustCompile(`^` + tt.out + `$`).MatchString(out) {
				t.Errorf("stdout %q, want %s", out, tt.out)
			}
			if !regexp.MustCompile(`^` + tt.errs + `$`).MatchString(errs) {
				t.Errorf("stderr %q, want %s", errs, tt.errs)
			}
			if status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
		})
	}
}

func TestCheckTCPShowsTheAddressOfAName(t *testing.T) {
	l := listener(t)
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := net.LookupHost("localhost"); err != nil {
		t.Skipf("this host does not know localhost: %v", err)
	}
	out, errs, status := lvsctl("check", "tcp", "localhost:"+port)
	want := regexp.MustCompile(`^up tcp localhost:` + port + ` \(127\.0\.0\.1\) connected in `)
	if !want.MatchString(out) || errs != "" || status != 0 {
		t.Errorf("%q, %q, exit status %d", out, errs, status)
	}
}
