package ipvsadm_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// Stories in testdata/stories: "rules" gives command lines to an empty table,
// "ipvsadm" one more. What an accepted line prints was printed by ipvsadm 1.31.
func TestStories(t *testing.T) {
	names := readBook(t, "testdata/hosts", "testdata/services")
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		kernel := ipvstest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "rules":
				kernel = ipvstest.New()
				load(t, kernel, d.Input, names)
				return ""
			case "ipvsadm":
				return story(kernel, d.Input, names)
			default:
				t.Fatalf("no such command: %s", d.Cmd)
				return ""
			}
		})
	})
}

// run gives what a command prints.
func run(c *ipvs.Client, command ipvsadm.Command, names ipvsadm.Resolver) ([]byte, error) {
	var out bytes.Buffer
	err := ipvsadm.Run(c, command, names, &out)
	return out.Bytes(), err
}

// story gives what a command line prints, with $ at the end of a line that ends
// with blanks.
func story(kernel *ipvstest.Kernel, line string, names ipvsadm.Resolver) string {
	command, err := ipvsadm.Parse(strings.Fields(line), names)
	if err != nil {
		return "usage: " + err.Error()
	}
	out, err := run(kernel.Client(), command, names)
	if err != nil {
		return "refused: " + err.Error()
	}
	return strings.ReplaceAll(string(out), " \n", " $\n")
}

// Every way to write the same thing.
func TestSpellings(t *testing.T) {
	for _, group := range [][]string{
		{"", "-L", "-l", "--list", "-L --sort"},
		{"-Ln", "-L -n", "-ln", "--list --numeric"},
		{"-A -t 192.0.2.1:80", "-At 192.0.2.1:80", "-At192.0.2.1:80", "-At=192.0.2.1:80", "-A -t=192.0.2.1:80",
			"--add-service --tcp-service=192.0.2.1:80", "-A --tcp-service 192.0.2.1:80 -s wlc", "-A -t 192.0.513:0080", "-A -t 0xC0.0.2.1:80"},
		{"-A -f 1 -p", "-A -p -f 1", "-A -f 1 -p 360", "-A -f 1 -p360", "-A -f1 -p=360", "-A -f 01 --persistent=360 --scheduler wlc"},
		{"-a -f 1 -r 10.0.0.1 -mw 5", "-a -f 1 -r 10.0.0.1:0 -w 5 -m", "-a -f 1 -r 10.0.0.1 --masquerading --weight=5", "-a -f 1 -r 10.0.0.1 -mw5"},
		{"-a -t 192.0.2.1:80 -r 10.0.0.1", "-a -t 192.0.2.1:80 -r 10.0.0.1:99 -g", "-a -r 10.0.0.1:80 -t 192.0.2.1:80 -w 1"},
	} {
		want, err := ipvsadm.Parse(strings.Fields(group[0]), book{})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range group[1:] {
			got, err := ipvsadm.Parse(strings.Fields(line), book{})
			if err != nil || got.Kind != want.Kind || got.Listing != want.Listing || len(got.Ops) != len(want.Ops) {
				t.Errorf("%s: got %+v, %v, want %+v", line, got, err, want)
				continue
			}
			for i := range got.Ops {
				if got.Ops[i] != want.Ops[i] {
					t.Errorf("%s: got %+v, want %+v", line, got.Ops[i], want.Ops[i])
				}
			}
		}
	}
}

func TestClasses(t *testing.T) {
	for line, want := range map[string]struct {
		class  ipvsadm.Class
		status int
	}{
		"-Q":                   {ipvsadm.NoCommand, 255},
		"-n -L":                {ipvsadm.NoCommand, 255},
		"--stats":              {ipvsadm.NoCommand, 255},
		"--start-daemon":       {ipvsadm.NoCommand, 255},
		"-L -Q":                {ipvsadm.Syntax, 255},
		"-A -t":                {ipvsadm.Syntax, 255},
		"-L --numeric=1":       {ipvsadm.Syntax, 255},
		"-L=n":                 {ipvsadm.NoCommand, 255},
		"-L -n=c":              {ipvsadm.Syntax, 255},
		"-A":                   {ipvsadm.Misuse, 2},
		"-L -A":                {ipvsadm.Misuse, 2},
		"-L -S":                {ipvsadm.Misuse, 2},
		"-S --atomic":          {ipvsadm.Misuse, 2},
		"--start-daemon chief": {ipvsadm.Misuse, 2},
	} {
		_, err := ipvsadm.Parse(strings.Fields(line), book{})
		var mistake *ipvsadm.Error
		if !errors.As(err, &mistake) || mistake.Class != want.class || mistake.ExitStatus() != want.status {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Whatever is typed, the answer is a command that makes sense or an Error.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"-Ln", "-A -t 192.0.2.1:80 -s rr -p 5 -M 255.255.255.0", "-a -f 1 -6 -r [2001:db8::1]:80 -mw 5", "-A -u x:domain -o -b sh-port,, -s sh"} {
		f.Add(line)
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "golden", "ipvsadm", "02-errors", "*.cmd"))
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil {
			f.Add(strings.TrimPrefix(strings.TrimSpace(string(b)), "ipvsadm "))
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		command, err := ipvsadm.Parse(strings.Split(line, " "), book{})
		if err != nil {
			var mistake *ipvsadm.Error
			if !errors.As(err, &mistake) || err.Error() == "" {
				t.Errorf("odd error: %v", err)
			}
			return
		}
		for _, op := range command.Ops {
			err := ipvstest.New().Client().Apply(op)
			var failed *ipvs.OpError
			if err != nil && (!errors.As(err, &failed) || failed.Err.Error() == "") {
				t.Errorf("%v: %v", op, err)
			}
		}
	})
}
