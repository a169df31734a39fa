package ipvs

// process is what of this process's standing decides whether the kernel lets it
// use IPVS. The zero value is a process on the host without privileges.
type process struct {
	capable       bool // CAP_NET_ADMIN is in force
	root          bool // by its user's number
	userNamespace bool // another than the initial one
	container     bool
}

// permissionHint says why IPVS refuses, and what helps. Its netlink family asks
// for CAP_NET_ADMIN in the initial user namespace (GENL_ADMIN_PERM), whoever owns
// the network namespace.
func (p process) permissionHint() string {
	switch {
	case p.userNamespace:
		return "this process is in a user namespace of its own, as in a rootless container or under unshare -r: its root is not the host's root, and IPVS takes CAP_NET_ADMIN from the initial user namespace only; run it on the host or in a container without user namespace"
	case p.capable:
		return "this process has CAP_NET_ADMIN, so a security module (SELinux, AppArmor, seccomp) may be what refuses"
	case p.container:
		return "give the container CAP_NET_ADMIN (docker run --cap-add NET_ADMIN) and run as root in it"
	case p.root:
		return "this root has no CAP_NET_ADMIN: was it taken away, as by CapabilityBoundingSet= of a systemd unit?"
	default:
		return "run as root, or with CAP_NET_ADMIN"
	}
}

// moduleHint says where the module could come from. The kernel was asked for it
// already, by asking for the family.
func (p process) moduleHint() string {
	if p.container || p.userNamespace {
		return "a container uses the kernel of its host: load the module there, with: modprobe ip_vs"
	}
	return "load it with: modprobe ip_vs"
}
