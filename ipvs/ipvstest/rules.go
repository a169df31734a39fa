package ipvstest

import (
	"net/netip"
	"slices"
	"syscall"

	"github.com/lvsctl/lvsctl/ipvs"
)

// schedulerExists knows the schedulers of a Linux with every IPVS module.
func schedulerExists(name string) bool {
	return slices.Contains([]string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh",
		"sed", "nq", "fo", "ovf", "mh", "none"}, name)
}

func engineExists(name string) bool { return name == "" || name == "sip" }

// apply carries out one operation and gives Linux's verdict (ip_vs_ctl.c).
func (k *Kernel) apply(op ipvs.Op) syscall.Errno {
	switch op.Kind {
	case ipvs.Flush:
		k.table = nil
		return 0
	case ipvs.ZeroAll:
		for i := range k.table {
			zeroCounters(&k.table[i])
		}
		return 0
	case ipvs.SetTimeouts:
		return k.setTimeouts(op.Timeouts)
	case ipvs.StartDaemon:
		return k.startDaemon(*op.Daemon)
	case ipvs.StopDaemon:
		return k.stopDaemon(op.Daemon.Role)
	}
	at := slices.IndexFunc(k.table, func(s ipvs.ServiceEntry) bool {
		return s.ServiceKey == op.Service.ServiceKey
	})
	switch {
	case op.Kind == ipvs.AddService && at >= 0:
		return syscall.EEXIST
	case op.Kind != ipvs.AddService && at < 0:
		return syscall.ESRCH
	}
	switch op.Kind {
	case ipvs.AddService, ipvs.EditService:
		return k.setService(op, at)
	case ipvs.ZeroService:
		zeroCounters(&k.table[at])
		return 0
	case ipvs.DeleteService:
		k.table = slices.Delete(k.table, at, at+1)
		return 0
	case ipvs.DeleteDestination:
		return k.deleteDestination(op, &k.table[at])
	default:
		return k.setDestination(op, &k.table[at])
	}
}

// zeroCounters sets counters to zero, as far as ipvsadm -Z does: connections live on.
func zeroCounters(s *ipvs.ServiceEntry) {
	s.Stats = ipvs.Stats{}
	for i := range s.Destinations {
		s.Destinations[i].Stats = ipvs.Stats{}
	}
}

func (k *Kernel) setService(op ipvs.Op, at int) syscall.Errno {
	s := op.Service
	switch {
	case !schedulerExists(s.Scheduler) || !engineExists(s.PE):
		return syscall.ENOENT
	case s.Family == ipvs.IPv6 && (s.Netmask < 1 || s.Netmask > 128):
		return syscall.EINVAL
	case op.Kind == ipvs.AddService:
		k.table = append(k.table, ipvs.ServiceEntry{Service: s})
	default:
		k.table[at].Service = s
	}
	return 0
}

func (k *Kernel) setDestination(op ipvs.Op, s *ipvs.ServiceEntry) syscall.Errno {
	d := op.Destination
	at := destinationIndex(s, d.Address)
	add := op.Kind == ipvs.AddDestination
	switch {
	case mixed(s, d) && (len(k.daemons) > 0 || d.Method != ipvs.Tunnel):
		return syscall.EINVAL
	case d.Weight > 1<<31-1 || d.LowerThreshold > d.UpperThreshold:
		return syscall.ERANGE
	case d.Method == ipvs.Tunnel && d.Tunnel.Type == ipvs.GUE && d.Tunnel.Port == 0:
		return syscall.EINVAL
	case add && at >= 0:
		return syscall.EEXIST
	case !add && at < 0:
		return syscall.ENOENT
	case add && (!unicast(d.Address.Addr()) || k.broadcast(d.Address.Addr())):
		return syscall.EINVAL
	case add:
		s.Destinations = slices.Insert(s.Destinations, 0, ipvs.DestinationEntry{Destination: d})
	default:
		s.Destinations[at].Destination = d
	}
	return 0
}

// mixed tells of a destination of another family than its service's, which the sync
// daemons have no words for.
func mixed(s *ipvs.ServiceEntry, d ipvs.Destination) bool {
	return ipvs.FamilyOf(d.Address.Addr()) != s.Family
}

func (k *Kernel) hasMixed() bool {
	return slices.ContainsFunc(k.table, func(s ipvs.ServiceEntry) bool {
		return slices.ContainsFunc(s.Destinations, func(d ipvs.DestinationEntry) bool { return mixed(&s, d.Destination) })
	})
}

func (k *Kernel) deleteDestination(op ipvs.Op, s *ipvs.ServiceEntry) syscall.Errno {
	at := destinationIndex(s, op.Destination.Address)
	if at < 0 {
		return syscall.ENOENT
	}
	s.Destinations = slices.Delete(s.Destinations, at, at+1)
	return 0
}

func destinationIndex(s *ipvs.ServiceEntry, a netip.AddrPort) int {
	return slices.IndexFunc(s.Destinations, func(d ipvs.DestinationEntry) bool { return d.Address == a })
}

// unicast tells what may be a real server; v4-mapped IPv6 may not.
func unicast(a netip.Addr) bool {
	return !a.Is4In6() && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// broadcast tells whether an address is the last one of a network of ours.
func (k *Kernel) broadcast(a netip.Addr) bool {
	return slices.ContainsFunc(k.interfaces, func(i Interface) bool {
		return i.Network.Contains(a) && a.Is4() && !i.Network.Contains(a.Next())
	})
}
