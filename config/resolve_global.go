package config

import (
	"net/netip"
	"time"
)

// global fills in the defaults of the whole host.
func (r *resolver) global() {
	g := &r.config.Global
	g.DefaultInterface.Default("eth0")
	g.Mail.ConnectTimeout.Default(30 * time.Second)
	g.Scripts.StartupTimeout.Default(10 * time.Second)
	g.Scripts.ShutdownTimeout.Default(10 * time.Second)
	g.VRRP.resolve()
	if d := g.IPVS.SyncDaemon; d != nil {
		d.resolve()
	}
	r.part = Whole
	for _, f := range []**FIFO{&g.FIFO.All, &g.FIFO.VRRP, &g.FIFO.IPVS} {
		r.fifo(f)
	}
}

// fifo drops a pipe that has a reader and no path.
func (r *resolver) fifo(f **FIFO) {
	if *f == nil || (*f).Path.IsSet() {
		return
	}
	if s := (*f).Script; s != nil {
		r.fix(s.Where, "name the pipe", "a program reads a FIFO that has no path", "ignored")
	}
	*f = nil
}

func (d *SyncDaemon) resolve() {
	d.Port.Default(8848)
	d.TTL.Default(1)
	d.Group.Default(netip.AddrFrom4([4]byte{224, 0, 0, 81}))
}

func (s *VRRPSettings) resolve() {
	s.Version.Default(2)
	s.MulticastGroup4.Default(netip.AddrFrom4([4]byte{224, 0, 0, 18}))
	s.MulticastGroup6.Default(netip.MustParseAddr("ff02::12"))
	s.Strict.Default(false)
	s.GARPInterval.Default(0)
	s.GNAInterval.Default(0)
	s.StartupDelay.Default(0)
	s.DelayAfterBoot.Default(0)
	s.CheckUnicastSrc.Default(false)
	s.PriorityChanges.Default(false)
	s.Announce.global(s.MinGARP.V)
	s.Protocol.global()
}

// global fills in the defaults for all routers. Sparing ones announce only once.
func (a *Announcements) global(sparing bool) {
	if sparing {
		a.MasterRepeat.Default(1)
		a.MasterDelay.Default(0)
	}
	a.MasterDelay.Default(5 * time.Second)
	a.MasterRepeat.Default(5)
	a.MasterRefresh.Default(0)
	a.MasterRefreshRepeat.Default(1)
	a.LowerPrioDelay.Default(a.MasterDelay.V)
	a.LowerPrioRepeat.Default(a.MasterRepeat.V)
	a.ExtraInterval.Default(0)
	a.ExtraAll.Default(false)
}

func (b *VRRPBehaviour) global() {
	b.DownTimerAdverts.Default(defaultDownTimer)
	b.LowerPrioNoAdvert.Default(false)
	b.HigherPrioSendAdvert.Default(false)
	b.OwnerIgnoreAdverts.Default(false)
	b.SkipCheckAddresses.Default(false)
	b.ChecksumAsV2.Default(false)
}

// defaultDownTimer is how many advertisements are missed before a takeover (RFC 3768 section 6.1).
const defaultDownTimer = 3
