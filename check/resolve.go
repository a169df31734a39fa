package check

import (
	"context"
	"net/netip"
	"time"
)

// Resolver finds the addresses of a host name. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Host makes the check c of a host given by name or address. With several
// addresses the first that is up answers for the host; with none up the last
// does. The timeout holds for the look-up and all checks together; a silent address
// uses up no more than its share, so that the next gets its turn. Checked tells
// which address answered; it is not valid when the name did not resolve.
func Host(ctx context.Context, c Checker, names Resolver, host string, port uint16, timeout time.Duration) (checked netip.AddrPort, r Result) {
	bound := Target{Timeout: timeout}.bound()
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	addresses, err := lookUp(ctx, names, host)
	if err != nil {
		return netip.AddrPort{}, failure(PhaseResolve, err, time.Since(began))
	}
	for i, a := range addresses {
		left := bound - time.Since(began)
		share := left / time.Duration(len(addresses)-i)
		checked = netip.AddrPortFrom(a, port)
		r = c.Check(ctx, Target{Address: checked, Timeout: max(share, time.Millisecond)})
		if r.Status == Up {
			break
		}
	}
	return checked, r
}

func lookUp(ctx context.Context, names Resolver, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	found, err := names.LookupNetIP(ctx, "ip", host)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, err
}
