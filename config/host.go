package config

import (
	"fmt"
	"maps"
	"slices"
)

// Host is what a configuration is compared with.
type Host interface {
	// HasInterface tells whether there is a network interface of this name.
	HasInterface(name string) (bool, error)
	// Script tells why a program cannot run as user ("" is root or the
	// configured default), nil if it can. With secure it must also be one that
	// only root can change.
	Script(program, user string, secure bool) error
	// HasUser tells whether there is an account of this name.
	HasUser(name string) bool
}

// CheckHost tells what of a resolved configuration does not fit the host. A router
// that tracks a script which cannot run gets a fault, unless compat is keepalived's.
func CheckHost(c *Config, host Host, o Options) Diagnostics {
	r := &hostCheck{resolver: resolver{Options: o, config: c}, host: host, known: map[string]bool{}}
	r.part = VirtualRouters
	r.interfaces()
	r.scripts()
	r.part = Whole
	r.users()
	return r.said
}

type hostCheck struct {
	resolver
	host  Host
	known map[string]bool // interfaces asked for already
}

// interfaces tells of network interfaces that are not there.
func (r *hostCheck) interfaces() {
	made := map[string]bool{} // by the routers themselves
	for i := range r.config.VirtualRouters {
		if v := &r.config.VirtualRouters[i]; v.VMAC != nil {
			made[v.VMAC.Name.V] = true
		}
	}
	need := func(name Text, what string) {
		if !name.IsSet() || made[name.V] || r.has(name) {
			return
		}
		if r.config.Global.DynamicInterfaces.V {
			r.warn(name.Where, "", "interface %s of %s is not there yet", name.V, what)
			return
		}
		r.warn(name.Where, "check the name with ip link", "interface %s of %s is not there: it does not run until it comes", name.V, what)
	}
	for i := range r.config.VirtualRouters {
		v := &r.config.VirtualRouters[i]
		what := "vrrp_instance " + v.Name.V
		need(v.Interface, what)
		for _, t := range v.Track.Interfaces {
			need(t.Name, "track_interface")
		}
		for _, a := range slices.Concat(v.Addresses, v.ExcludedAddresses) {
			need(a.Device, "an address of "+what)
		}
	}
}

// has tells whether an interface is there; it asks the host once.
func (r *hostCheck) has(name Text) bool {
	if there, asked := r.known[name.V]; asked {
		return there
	}
	there, err := r.host.HasInterface(name.V)
	if err != nil {
		r.warn(name.Where, "", "cannot tell whether interface %s is there: %v", name.V, err)
		there = true
	}
	r.known[name.V] = there
	return there
}

// scripts tells of programs that cannot run. A tracked one counts as failed.
func (r *hostCheck) scripts() {
	broken := map[string]error{}
	for i := range r.config.Scripts {
		s := &r.config.Scripts[i]
		if !s.Run.IsSet() || len(s.Run.V) == 0 {
			continue
		}
		if err := r.script(s.Run.V[0], s.User); err != nil {
			broken[s.Name.V] = err
			r.warn(s.Run.Where, "", "vrrp_script %s cannot run: %v; it counts as failed", s.Name.V, err)
		}
	}
	for i := range r.config.VirtualRouters {
		r.failTracking(&r.config.VirtualRouters[i], broken)
		r.notifications(&r.config.VirtualRouters[i].Notify)
	}
	for i := range r.config.SyncGroups {
		r.notifications(&r.config.SyncGroups[i].Notify)
	}
	r.rootScripts()
}

func (r *hostCheck) script(program string, user Text) error {
	name := user.V
	if !user.IsSet() {
		name = r.config.Global.Scripts.User.V
	}
	return r.host.Script(program, name, r.config.Global.Scripts.Security.V)
}

// failTracking holds a router that tracks a script which cannot run.
func (r *hostCheck) failTracking(v *VirtualRouter, broken map[string]error) {
	if r.KeepalivedCompat {
		return
	}
	for _, t := range v.Track.Scripts {
		if err := broken[t.Name.V]; err != nil && t.Weight.V == 0 {
			r.warn(t.Where, "put it right, or run with --keepalived-compat to ignore it",
				"vrrp_instance %q tracks script %q, which cannot run: it cannot become master, while keepalived ignores this and goes on", v.Name.V, t.Name.V)
			v.Faults = append(v.Faults, Fault{Reason: fmt.Sprintf("the tracked script %s cannot run: %v", t.Name.V, err), Where: t.Where})
		}
	}
}

// notifications tells of commands that would not run when they are needed.
func (r *hostCheck) notifications(n *Notifications) {
	for what, c := range map[string]*Command{
		"notify": n.Any, "notify_master": n.Master, "notify_backup": n.Backup, "notify_fault": n.Fault, "notify_stop": n.Stop,
	} {
		if c == nil || len(c.Run.V) == 0 {
			continue
		}
		if err := r.script(c.Run.V[0], c.User); err != nil {
			r.warn(c.Where, "", "%s cannot run: %v", what, err)
		}
	}
}

// rootScripts tells once that root runs scripts which nobody has looked at.
func (r *hostCheck) rootScripts() {
	g := &r.config.Global.Scripts
	if len(r.config.Scripts) == 0 || g.Security.V || g.User.IsSet() {
		return
	}
	r.warn(r.config.Scripts[0].Where, "add enable_script_security and script_user to global_defs",
		"scripts run as root, and nothing keeps others from writing them")
}

// users tells of accounts that do not exist.
func (r *hostCheck) users() {
	users := map[string]Position{}
	note := func(u Text) {
		if _, seen := users[u.V]; u.IsSet() && !seen {
			users[u.V] = u.Where
		}
	}
	note(r.config.Global.Scripts.User)
	for i := range r.config.Scripts {
		note(r.config.Scripts[i].User)
	}
	for _, u := range slices.Sorted(maps.Keys(users)) {
		if !r.host.HasUser(u) {
			r.warn(users[u], "useradd --system "+u, "there is no user %s on this host: what should run as it does not run", u)
		}
	}
}
