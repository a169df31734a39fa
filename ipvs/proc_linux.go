package ipvs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReadProcFile is ReadProc on /proc/net/ip_vs of a network namespace, named as for
// DialIn. It takes no privileges in the caller's own namespace (an empty name),
// nor with a path such as /proc/123/ns/net. The error is ErrNoModule if the file
// is not there: unlike Dial, this does not make the kernel load the module.
func ReadProcFile(netns string) (t Table, info Info, missing []string, err error) {
	var file *os.File
	err = inNamespace(netns, func() (err error) {
		file, err = os.Open("/proc/thread-self/net/ip_vs")
		return err
	})
	if process, is := strings.CutSuffix(netns, "/ns/net"); is && errors.Is(err, fs.ErrPermission) {
		file, err = os.Open(process + "/net/ip_vs")
	}
	switch {
	case errors.Is(err, ErrNoNamespace):
		return nil, Info{}, nil, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, Info{}, nil, fmt.Errorf("read /proc/net/ip_vs: %w", ErrNoModule)
	case err != nil:
		return nil, Info{}, nil, err
	}
	defer func() { _ = file.Close() }()
	return ReadProc(file, ticksPerSecond())
}

// ticksPerSecond is the kernel's HZ, 0 if that cannot be found out. No file tells
// it to all users, but the coarse clocks advance with the tick.
func ticksPerSecond() int {
	var tick unix.Timespec
	if unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &tick) != nil || tick.Nano() <= 0 {
		return 0
	}
	return int((int64(time.Second) + tick.Nano()/2) / tick.Nano())
}
