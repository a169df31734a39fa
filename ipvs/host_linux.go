package ipvs

import (
	"os"

	"golang.org/x/sys/unix"
)

// The namespaces that the first process of a host is in have the same numbers on
// every kernel since 3.8 (linux/proc_ns.h).
const (
	initialUserNamespace = "user:[4026531837]"
	initialPIDNamespace  = "pid:[4026531836]"
)

// containerMarks are files that container managers put into a container.
var containerMarks = [...]string{"/.dockerenv", "/run/.containerenv", "/run/systemd/container"}

// thisProcess looks only where it is asked for: when a hint is printed.
func thisProcess() process {
	return process{
		capable:       hasNetAdmin(),
		root:          os.Geteuid() == 0,
		userNamespace: !inNamespaceNamed("user", initialUserNamespace),
		container:     inContainer(),
	}
}

// inNamespaceNamed takes a namespace that cannot be seen for the one it is asked for.
func inNamespaceNamed(kind, initial string) bool {
	name, err := os.Readlink("/proc/self/ns/" + kind)
	return err != nil || name == initial
}

// inContainer tells by the process namespace, which nearly all have of their own.
func inContainer() bool {
	for _, mark := range containerMarks {
		if _, err := os.Stat(mark); err == nil {
			return true
		}
	}
	return !inNamespaceNamed("pid", initialPIDNamespace)
}

func hasNetAdmin() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&header, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_NET_ADMIN) != 0
}
