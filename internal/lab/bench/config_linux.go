package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/largeconf"
)

// configSize is that of the configuration that is checked.
var configSize = size{10_000, 10}

// The figures to reach.
const (
	longestCheck = 2 * time.Second
	largestCheck = 500 << 10 // KiB
)

// configCheck measures config check beside keepalived -t of the same file.
func (b *tableBench) configCheck() {
	path := filepath.Join(b.dir, "keepalived.conf")
	b.err = largeconf.Write(path, configSize.services, configSize.servers)
	b.in(func(n *lab.Namespace) error {
		ours, theirs := checkLine(b.lvsctl+" config check "+path), checkLine("keepalived -t -f "+path)
		var us, them costs
		for range b.runs {
			if err := errors.Join(us.add(n, ours), them.add(n, theirs)); err != nil {
				return err
			}
		}
		b.compareChecks(us, them)
		return b.seesMistakes(n, path, ours, theirs)
	})
}

// compareChecks makes the figures.
func (b *tableBench) compareChecks(us, them costs) {
	name, peer := "config check of "+configSize.String(), "keepalived -t"
	b.figures = append(b.figures,
		figure{work: name, peer: peer, ours: median(us.took), them: median(them.took), reach: 1},
		figure{work: name, peer: "at most", ours: median(us.took), them: longestCheck, reach: 1},
		figure{work: name + ", CPU", peer: peer, ours: median(us.cpu), them: median(them.cpu), reach: 1},
		figure{work: fmt.Sprintf("%s, memory to %d MB", name, largestCheck>>10), peer: peer, peak: us.peak, most: largestCheck, theirPeak: them.peak},
	)
}

// checkLine runs a command with processes and mounts of its own.
func checkLine(command string) string {
	return "unshare -m -p -f --kill-child --mount-proc " + command + " >/dev/null 2>&1"
}

// costs are those of several runs.
type costs struct {
	took, cpu []time.Duration
	peak      int64 // of the largest, in KiB
}

func (c *costs) add(n *lab.Namespace, line string) error {
	one, err := spent(n, line)
	c.took, c.cpu, c.peak = append(c.took, one.took), append(c.cpu, one.cpu), max(c.peak, one.peak)
	return err
}

// mistake is a virtual server with nothing wrong but in its check.
const mistake = `virtual_server 10.0.0.1 80 {
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.2 80 {
        TCP_CHECK {
            connect_timeout never
        }
    }
}
`

// seesMistakes makes sure that both look into the checks at the end of the file,
// where a mistake must change their answer.
func (b *tableBench) seesMistakes(n *lab.Namespace, path string, lines ...string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(mistake)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, line := range lines {
		if _, err := spent(n, line); err == nil {
			return fmt.Errorf("%s: saw no mistake", line)
		}
	}
	return nil
}
