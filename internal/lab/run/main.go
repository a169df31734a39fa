//go:build linux

// Command run runs a command where the kernel has IPVS, and exits with its
// status: the -exec of go test, and the shell's way into the lab.
//
//	run [-kernel auto|running|uml] [-mem 2G] [-timeout 10m] COMMAND [ARG…]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab/boot"
)

// labFailed is the exit status when the lab, not the command, failed.
const labFailed = 125

func main() {
	if boot.IsInside() {
		if err := boot.Inside(); err != nil {
			fmt.Fprintln(os.Stderr, "lab:", err)
			os.Exit(labFailed)
		}
		return
	}
	os.Exit(outside())
}

func outside() int {
	s := boot.Spec{Env: os.Environ()}
	kernel := flag.String("kernel", string(boot.Auto), "auto, running or uml")
	flag.StringVar(&s.Memory, "mem", "2G", "memory of the user-mode kernel")
	flag.DurationVar(&s.Timeout, "timeout", 15*time.Minute, "for boot and command together")
	flag.Parse()
	s.Kernel, s.Command = boot.Kernel(*kernel), flag.Args()
	if len(s.Command) == 0 {
		flag.Usage()
		return 2
	}
	var err error
	if s.Dir, err = os.Getwd(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return labFailed
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	status, err := boot.Run(ctx, s, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return labFailed
	}
	return status
}
