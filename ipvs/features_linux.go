package ipvs

import (
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
		_, _ = onThread(func() error { return unix.Unshare(unix.CLONE_NEWNET) }, func() error {
			k = probeHere(r)
			return nil
		})
		known <- k
	}()
	return <-known
}

// probeHere is probeTunnels in the network namespace of the calling thread.
func probeHere(r release) release {
	conn, err := dial()
	if err != nil {
		return r
	}
	defer func() { _ = conn.Close() }()
	scratch, err := New(conn)
	if err != nil {
		return r
	}
	return probeTunnels(scratch, r)
}
