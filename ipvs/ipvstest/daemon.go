package ipvstest

import (
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"

	"github.com/lvsctl/lvsctl/ipvs"
)

// parseDaemon reads IPVS_CMD_ATTR_DAEMON.
func parseDaemon(b []byte) (*ipvs.Daemon, syscall.Errno) {
	ad, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return nil, syscall.EINVAL
	}
	var d ipvs.Daemon
	var has seen
	for ad.Next() {
		has |= 1 << ad.Type()
		switch ad.Type() {
		case 1:
			d.Role = ipvs.Role(ad.Uint32())
		case 2:
			d.Interface = ad.String()
		case 3:
			d.SyncID = ad.Uint32()
		case 4:
			d.MaxLength = ad.Uint16()
		case 5, 6:
			d.Group, _ = netip.AddrFromSlice(ad.Bytes())
		case 7:
			d.Port = ad.Uint16()
		case 8:
			d.TTL = ad.Uint8()
		}
	}
	if ad.Err() != nil || !has.all(1) || len(d.Interface) > 15 { // IP_VS_IFNAME_MAXLEN less the zero
		return nil, syscall.EINVAL
	}
	return &d, 0
}

func parseTimeouts(b []byte) *ipvs.Timeouts {
	seconds := func(number uint16) time.Duration {
		a := attribute(b, number)
		if len(a) != 4 {
			return 0
		}
		return time.Duration(native32(a)) * time.Second
	}
	return &ipvs.Timeouts{TCP: seconds(4), TCPFin: seconds(5), UDP: seconds(6)}
}

// setTimeouts leaves alone what is zero.
func (k *Kernel) setTimeouts(t *ipvs.Timeouts) syscall.Errno {
	for _, v := range []struct{ to, from *time.Duration }{
		{&k.timeouts.TCP, &t.TCP}, {&k.timeouts.TCPFin, &t.TCPFin}, {&k.timeouts.UDP, &t.UDP},
	} {
		if *v.from != 0 {
			*v.to = *v.from
		}
	}
	return 0
}

// Interface is a network interface of the kernel's host.
type Interface struct {
	Name    string
	MTU     int
	Down    bool         // has no route for the master's multicast
	Network netip.Prefix // directly connected; its last address is a broadcast
}

// Interfaces replaces the interfaces, which at first are eth0 and lo.
func (k *Kernel) Interfaces(all ...Interface) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.interfaces = all
}

// startDaemon fills up what the kernel chooses itself.
func (k *Kernel) startDaemon(d ipvs.Daemon) syscall.Errno {
	at := slices.IndexFunc(k.interfaces, func(i Interface) bool { return i.Name == d.Interface })
	switch {
	case k.hasMixed():
		return syscall.EINVAL
	case at < 0:
		return syscall.ENODEV
	case slices.ContainsFunc(k.daemons, func(r ipvs.Daemon) bool { return r.Role == d.Role }):
		return syscall.EEXIST
	case k.interfaces[at].Down && d.Role == ipvs.MasterDaemon:
		return syscall.ENETUNREACH
	}
	if !d.Group.IsValid() {
		d.Group = netip.AddrFrom4([4]byte{224, 0, 0, 81})
	}
	if d.MaxLength == 0 {
		d.MaxLength = k.interfaces[at].messageLength(d)
	}
	if d.Port == 0 {
		d.Port = 8848
	}
	if d.TTL == 0 {
		d.TTL = 1
	}
	k.daemons = append(k.daemons, d)
	slices.SortFunc(k.daemons, func(a, b ipvs.Daemon) int { return int(a.Role) - int(b.Role) })
	return 0
}

// messageLength is what fits into a packet. The master takes care to send no more
// than Ethernet carries.
func (i Interface) messageLength(d ipvs.Daemon) uint16 {
	const ethernet, udp, ipv4, ipv6 = 1500, 8, 20, 40
	mtu := i.MTU
	if d.Role == ipvs.MasterDaemon {
		mtu = min(mtu, ethernet)
	}
	if d.Group.Is6() {
		return uint16(mtu - ipv6 - udp)
	}
	return uint16(mtu - ipv4 - udp)
}

func (k *Kernel) stopDaemon(role ipvs.Role) syscall.Errno {
	left := slices.DeleteFunc(slices.Clone(k.daemons), func(d ipvs.Daemon) bool { return d.Role == role })
	if len(left) == len(k.daemons) {
		return syscall.ESRCH
	}
	k.daemons = left
	return 0
}

func daemonMessages(ds []ipvs.Daemon) (messages [][]byte) {
	for _, d := range ds {
		messages = append(messages, encode(func(ae *netlink.AttributeEncoder) {
			ae.Nested(3, func(ae *netlink.AttributeEncoder) error {
				ae.Uint32(1, uint32(d.Role))
				ae.String(2, d.Interface)
				ae.Uint32(3, d.SyncID)
				ae.Uint16(4, d.MaxLength)
				ae.Uint16(7, d.Port)
				ae.Uint8(8, d.TTL)
				if d.Group.Is4() {
					ae.Bytes(5, d.Group.AsSlice())
				} else {
					ae.Bytes(6, d.Group.AsSlice())
				}
				return nil
			})
		}))
	}
	return messages
}

func timeoutAttributes(t ipvs.Timeouts) func(*netlink.AttributeEncoder) {
	return func(ae *netlink.AttributeEncoder) {
		ae.Uint32(4, uint32(t.TCP.Seconds()))
		ae.Uint32(5, uint32(t.TCPFin.Seconds()))
		ae.Uint32(6, uint32(t.UDP.Seconds()))
	}
}
