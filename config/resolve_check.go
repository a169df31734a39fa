package config

import (
	"fmt"
	"time"
)

// findTracked notes the files and sessions that checks can follow.
func (r *resolver) findTracked() {
	r.trackFiles = make(map[string]*TrackFile, len(r.config.TrackFiles))
	for i := range r.config.TrackFiles {
		f := &r.config.TrackFiles[i]
		r.trackFiles[f.Name.V] = f
	}
	r.sessions = make(map[string]bool, len(r.config.BFD))
	for i := range r.config.BFD {
		b := &r.config.BFD[i]
		r.sessions[b.Name.V] = b.Checker.V || !b.VRRP.V
	}
}

// checks resolves the checks of a real server. Its port as it was written is what
// they connect to, also if it was reset.
func (r *resolver) checks(s *VirtualServer, m *RealServer, port uint16, reset bool) {
	kept := 0
	for i := range m.Checks {
		k := &m.Checks[i]
		if why := r.lacks(k, m); why != "" && !r.incomplete(k, why) {
			continue
		}
		r.check(s, m, k)
		if k.Kind.V.connects() {
			r.target(s, m, k, port, reset)
		}
		if i != kept {
			m.Checks[kept] = *k
		}
		kept++
	}
	clear(m.Checks[kept:])
	m.Checks = m.Checks[:kept]
}

// lacks tells what a check cannot work without, "" if it has all.
func (r *resolver) lacks(k *Check, m *RealServer) string {
	switch k.Kind.V {
	case CheckHTTP, CheckHTTPS:
		r.urls(k)
		if k.HTTP == nil || len(k.HTTP.URLs) == 0 {
			return "has no url"
		}
	case CheckExec:
		if k.Exec == nil || !k.Exec.Run.IsSet() {
			return "has no misc_path"
		}
		return ""
	case CheckBFD:
		return r.lacksSession(k.BFD)
	case CheckFile:
		return r.lacksFile(k.File)
	case CheckUnknown:
		if r.Strict {
			r.warn(k.Where, "write the check that is meant", "check %q never passes, and the real server counts as down", k.Unknown.V)
		}
		return ""
	}
	target := m.Address.V.Addr()
	if k.Address.IsSet() {
		target = k.Address.V
	}
	if target.Is6() && target.IsLinkLocalUnicast() && (k.Source == nil || !k.Source.Interface.IsSet()) {
		return "connects to " + target.String() + ", which needs an interface (bind_if)"
	}
	return ""
}

// urls leaves out those that ask for nothing.
func (r *resolver) urls(k *Check) {
	if k.HTTP == nil {
		return
	}
	kept := k.HTTP.URLs[:0]
	for i := range k.HTTP.URLs {
		u := k.HTTP.URLs[i]
		if !u.Path.IsSet() {
			r.fix(u.Where, "", "url has no path", "left out")
			continue
		}
		kept = append(kept, u)
	}
	k.HTTP.URLs = kept
}

func (r *resolver) lacksSession(b *BFDCheck) string {
	switch {
	case b == nil || !b.Name.IsSet():
		return "has no name"
	case !r.sessions[b.Name.V]:
		return fmt.Sprintf("follows %q, and there is no such bfd_instance for real servers", b.Name.V)
	default:
		return ""
	}
}

func (r *resolver) lacksFile(f *FileCheck) string {
	switch {
	case f == nil || !f.Name.IsSet():
		return "has no track_file"
	case r.trackFiles[f.Name.V] == nil:
		return fmt.Sprintf("follows %q, and there is no such track_file", f.Name.V)
	default:
		return ""
	}
}

// incomplete makes of a check that cannot work one that never passes: keepalived
// skips it, and the real server counts as up unchecked. It is false if the check
// is to be skipped here too.
func (r *resolver) incomplete(k *Check, why string) bool {
	name := k.Kind.V.Name()
	switch {
	case r.Strict:
		r.fail(k.Where, "", "%s check %s", k.Kind.V, why)
	case r.KeepalivedCompat:
		r.warn(k.Where, "", "%s %s: left out, as keepalived does, and the real server counts as up without it", name, why)
		return false
	default:
		r.warn(k.Where, "put it right, or run with --keepalived-compat to leave it out as keepalived does",
			"%s %s: it never passes, and the real server counts as down; keepalived would leave it out", name, why)
	}
	k.Unknown = Write(name, k.Where)
	k.Kind.Adjust(CheckUnknown)
	return true
}

// NeverPasses is a check that always fails, in the place of one that is not known.
func NeverPasses(name string, where Position) Check {
	return Check{Kind: Write(CheckUnknown, where), Unknown: Write(name, where), Where: where}
}

// check fills in what a check takes over, and the defaults of its kind.
func (r *resolver) check(s *VirtualServer, m *RealServer, k *Check) {
	kind := k.Kind.V
	k.LogAllFailures.Inherit(r.config.Global.IPVS.LogAllFailures)
	k.LogAllFailures.Default(false)
	if kind == CheckFile {
		k.Alpha.Default(false) // its state is known at once
	}
	k.Alpha.Inherit(m.Alpha)
	if kind.runs() {
		k.Times.Interval.Inherit(m.Times.Interval)
		k.Times.Retries.Inherit(m.Times.Retries)
		k.Times.Retries.Default(kind.Retries())
		k.Times.RetryDelay.Inherit(m.Times.RetryDelay)
		k.Times.RetryDelay.Default(retryDelay(kind, k.Times.Interval.V))
		k.Times.Warmup.Inherit(m.Times.Warmup)
		k.Times.Warmup.Default(k.Times.Interval.V)
	}
	r.checkOfKind(s, m, k)
}

// retryDelay is the time between tries if nothing is said.
func retryDelay(k CheckKind, interval time.Duration) time.Duration {
	switch k {
	case CheckHTTP, CheckHTTPS:
		return 3 * time.Second
	case CheckDNS:
		return interval
	default:
		return time.Second
	}
}

// target fills in where a check connects to, and from where.
func (r *resolver) target(s *VirtualServer, m *RealServer, k *Check, port uint16, reset bool) {
	k.Times.Timeout.Inherit(m.Times.Timeout)
	k.Address.Default(m.Address.V.Addr())
	if c := k.Source; c != nil && c.Address.IsSet() && c.Address.V.Is4() != k.Address.V.Is4() {
		r.fix(c.Address.Where, "", "the source address "+c.Address.V.String()+" is of another address family than "+k.Address.V.String(), "ignored")
		if c.Address.Clear(); *c == (CheckSource{}) {
			k.Source = nil
		}
	}
	service := s.Address.V.Port()
	switch {
	case k.Port.IsSet():
	case port != 0 && reset:
		k.Port.Where = k.Where
		k.Port.Adjust(port)
	case port != 0:
		k.Port.Default(port)
	case k.Kind.V == CheckPing:
	case service != 0:
		if !r.Strict {
			r.warn(k.Where, `write the port after real_server, or add "connect_port"`,
				"%s connects to port %d of the virtual server; keepalived would connect to port 0 and always fail", k.Kind.V.Name(), service)
		}
		k.Port.Default(service)
	default:
		r.noPort(k)
	}
}

func (r *resolver) noPort(k *Check) {
	if r.Strict {
		r.fail(k.Where, "give a port", "%s check has no port to connect to", k.Kind.V)
		return
	}
	r.warn(k.Where, `add "connect_port"`, "%s has no port to connect to: it always fails, as in keepalived", k.Kind.V.Name())
}

// checkOfKind fills in what only one kind has.
func (r *resolver) checkOfKind(s *VirtualServer, m *RealServer, k *Check) {
	switch k.Kind.V {
	case CheckHTTP, CheckHTTPS:
		r.http(s, m, k.HTTP)
	case CheckSMTP:
		make1(&k.SMTP).Helo.Default("smtpchecker.keepalived.org")
	case CheckDNS:
		d := make1(&k.DNS)
		d.Type.Default("SOA")
		d.Name.Default(".")
	case CheckExec:
		k.Exec.Timeout.Inherit(s.Times.Interval)
		k.Exec.Dynamic.Default(false)
	case CheckUDP:
		r.udp(make1(&k.UDP))
	case CheckFile:
		r.file(k.File)
	}
}

// make1 makes what is not there yet.
func make1[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

func (r *resolver) http(s *VirtualServer, m *RealServer, h *HTTPCheck) {
	h.Version.Default("1.0")
	if m.Extra != nil {
		h.VirtualHost.Inherit(m.Extra.VirtualHost)
	}
	h.VirtualHost.Inherit(s.VirtualHost)
	h.SNI.Default(false)
	h.FastRecovery.Default(false)
	h.TLSCompliant.Default(false)
	for i := range h.URLs {
		u := &h.URLs[i]
		u.Status.Default(DefaultStatus())
		u.VirtualHost.Inherit(h.VirtualHost)
		u.TLSCompliant.Inherit(h.TLSCompliant)
		r.regex(u)
	}
}

// regex leaves out what makes no sense of an expression that must be found in the body.
func (r *resolver) regex(u *URL) {
	if !u.Regex.IsSet() {
		if u.RegexNoMatch.V || u.RegexOptions.IsSet() || u.RegexMinOffset.IsSet() || u.RegexMaxOffset.IsSet() || u.RegexStack.IsSet() {
			r.fix(u.Where, "", "the url has regex settings and no regex", "ignored")
			u.RegexNoMatch.Clear()
			u.RegexOptions.Clear()
			u.RegexStack.Clear()
			u.clearOffsets()
		}
		return
	}
	u.RegexNoMatch.Default(false)
	if u.RegexMaxOffset.IsSet() && u.RegexMinOffset.V > u.RegexMaxOffset.V {
		r.fix(u.RegexMinOffset.Where, "", fmt.Sprintf("regex_min_offset %d is more than regex_max_offset %d", u.RegexMinOffset.V, u.RegexMaxOffset.V), "both ignored")
		u.clearOffsets()
	}
}

func (u *URL) clearOffsets() {
	u.RegexMinOffset.Clear()
	u.RegexMaxOffset.Clear()
}

func (r *resolver) udp(u *UDPCheck) {
	u.NeedsReply.Default(u.RequireReply.IsSet())
	u.MinLength.Default(0)
	u.MaxLength.Default(255)
	if u.MinLength.V > u.MaxLength.V {
		where := u.MinLength.Where
		if !u.MinLength.IsSet() {
			where = u.MaxLength.Where
		}
		r.fix(where, "", fmt.Sprintf("min_reply_length %d is more than max_reply_length %d", u.MinLength.V, u.MaxLength.V), "the check always fails")
	}
}

// file takes the weight of the track file over.
func (r *resolver) file(f *FileCheck) {
	if f.Weight.IsSet() {
		f.Reverse.Default(false)
		return
	}
	of := r.trackFiles[f.Name.V]
	f.Weight.Inherit(of.Weight)
	f.Weight.Default(1)
	f.Reverse.Inherit(of.Reverse)
	f.Reverse.Default(false)
}
