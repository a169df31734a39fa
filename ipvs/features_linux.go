package ipvs

import (
	"os"

	"golang.org/x/sys/unix"
)

// kernelFeatures is what the running kernel says of itself.
func kernelFeatures() features {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return features{}
	}
	return features{release: parseRelease(unix.ByteSliceToString(name.Release[:])), probe: probeKernel}
}

// probeKernel is probeTunnels in a network namespace made for that, which is gone
// afterwards. Without the privilege to make one the release must do.
func probeKernel(r release) release {
	known := make(chan release)
	go func() {
		k := r
		_, _ = onThread(func() error { return unix.Unshare(unix.CLONE_NEWNET) }, func() (err error) {
			k, err = probeHere(r)
			return err
		})
		known <- k
	}()
	return <-known
}

// probeHere is probeTunnels in the network namespace of the calling thread, which
// is new.
func probeHere(r release) (release, error) {
	if err := setLoopbackUp(); err != nil {
		return r, err
	}
	conn, err := dial()
	if err != nil {
		return r, err
	}
	defer func() { _ = conn.Close() }()
	scratch, err := New(conn)
	if err != nil {
		return r, err
	}
	return probeTunnels(scratch, r), nil
}

// setLoopbackUp gives a new namespace its first address: where there is none, the
// kernel takes no address at all for one that a server may have.
func setLoopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return os.NewSyscallError("ioctl", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
}
