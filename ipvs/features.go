package ipvs

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrOldKernel is an operation that asks for what the running kernel does not
// know. It would not refuse it: kernels pass over attributes that are new to them,
// so that a server behind a GUE tunnel would become one behind a plain IP-in-IP
// tunnel. Therefore it is not asked. The hint says what could be done.
var ErrOldKernel error = &refusal{text: "the kernel is too old", is: errors.ErrUnsupported}

// release is the first two numbers of a release of Linux, such as 5.3. The zero
// value is a kernel that knows everything.
type release struct{ major, minor int }

func (r release) String() string { return fmt.Sprintf("%d.%d", r.major, r.minor) }

func (r release) before(s release) bool {
	return r.major < s.major || r.major == s.major && r.minor < s.minor
}

// parseRelease reads what uname(2) calls the release: "4.18.0-553.el8_10.x86_64".
// What it does not understand is a kernel that knows everything.
func parseRelease(s string) (r release) {
	if _, err := fmt.Sscanf(s, "%d.%d", &r.major, &r.minor); err != nil {
		return release{}
	}
	return r
}

// Tunnels came to IPVS in two steps (include/uapi/linux/ip_vs.h): the type and the
// port of a tunnel in Linux 5.2, checksums and GRE in 5.3. Everything else that
// this package sends is older than 4.19, the oldest release that it is for: the
// family of a server (3.18), counters of 64 bits (4.1), the details of a sync
// daemon (4.3). Schedulers that a kernel lacks it refuses itself: ErrScheduler.
var (
	linuxGUE = release{5, 2}
	linuxGRE = release{5, 3}
)

// missing is the error of an operation for which the kernel is too old, else nil.
func missing(r release, op *Op) error {
	if r == (release{}) || !r.before(linuxGRE) || op.Kind != AddDestination && op.Kind != EditDestination {
		return nil
	}
	var what string
	var need release
	switch t := op.Destination.Stored().Tunnel; {
	case t.Flags != 0:
		what, need = "checksums in tunnels take", linuxGRE
	case t.Type == GRE:
		what, need = "GRE tunnels take", linuxGRE
	case t.Type == GUE:
		what, need = "GUE tunnels take", linuxGUE
	}
	if !r.before(need) {
		return nil
	}
	return &refusal{
		text: fmt.Sprintf("%s Linux %s", what, need), is: ErrOldKernel,
		hint: fmt.Sprintf("this kernel does what Linux %s does, and would make a plain tunnel of it: use --tun-type ipip or a newer kernel", r),
	}
}

// features is what is known of the running kernel. The zero value is a kernel
// that knows everything.
//
// The release tells too little where a distribution has brought new features into
// an old kernel, as Red Hat does. So before anything is refused, probe looks what
// the kernel really does. Not by a dump of the table: it could be empty, as it is
// when the rules are restored after a boot.
type features struct {
	release release
	probe   func(release) release // used once, nil after that
}

// check is missing, with a closer look at the kernel before it refuses.
func (f *features) check(op *Op) error {
	err := missing(f.release, op)
	if err != nil && f.probe != nil {
		f.release, f.probe = f.probe(f.release), nil
		err = missing(f.release, op)
	}
	return err
}

// probeTunnels asks a table that nobody needs for a tunnel with everything, and
// reads back what became of it. It gives the release of Linux that does the same.
// Checksums stand for GRE too: the kernel tells nothing of that, but it came a
// month after them and in the same release.
func probeTunnels(scratch *Client, r release) release {
	service := Service{ServiceKey: FWMarkKey(1, IPv4), Scheduler: "none", Netmask: FullNetmask(IPv4)}
	server := Destination{
		Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 1), Method: Tunnel,
		Tunnel: TunnelOptions{Type: GUE, Port: 1, Flags: TunnelChecksum},
	}
	err := scratch.Apply(Op{Kind: AddService, Service: service}, Op{Kind: AddDestination, Service: service, Destination: server})
	if err != nil {
		return r
	}
	s, err := scratch.Service(service.ServiceKey)
	if err != nil || len(s.Destinations) != 1 {
		return r
	}
	switch t := s.Destinations[0].Tunnel; {
	case t.Flags == TunnelChecksum && t.Type == GUE:
		return linuxGRE
	case t.Type == GUE:
		return linuxGUE
	default:
		return r
	}
}
