package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// listing measures the list of 1000 services with 10 servers each.
func listing(_ context.Context, lvsctl string, runs int) (_ []figure, err error) {
	n, err := lab.NewNamespace()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := fill(n, 1000, 10); err != nil {
		return nil, err
	}
	var ours, them []time.Duration
	for range runs {
		a, took, err := timed(n, lvsctl, "ipvs", "-Ln")
		if err != nil {
			return nil, err
		}
		ours = append(ours, took)
		b, took, err := timed(n, "ipvsadm", "-Ln")
		if err != nil {
			return nil, err
		}
		them = append(them, took)
		if a != b {
			return nil, errors.New("the two listings differ")
		}
	}
	return []figure{{work: "list 1000 services x 10 servers (-Ln)", peer: "ipvsadm", ours: median(ours), them: median(them), reach: 1}}, nil
}

// fill makes a table with ipvsadm.
func fill(n *lab.Namespace, services, servers int) error {
	var rules strings.Builder
	for s := range services {
		vip := fmt.Sprintf("10.1.%d.%d:80", s/250, s%250+1)
		fmt.Fprintf(&rules, "-A -t %s -s wlc\n", vip)
		for r := range servers {
			fmt.Fprintf(&rules, "-a -t %s -r 10.2.%d.%d:80 -g -w 1\n", vip, s%250, r+1)
		}
	}
	f, err := os.CreateTemp("", "rules-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err := f.WriteString(rules.String()); err != nil {
		return err
	}
	_, err = n.Output("sh", "-c", "ipvsadm -R < "+f.Name())
	return errors.Join(err, f.Close())
}

func timed(n *lab.Namespace, name string, args ...string) (out string, took time.Duration, err error) {
	begin := time.Now()
	out, err = n.Output(name, args...)
	return out, time.Since(begin), err
}
