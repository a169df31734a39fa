package ipvs

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestPermissionHint(t *testing.T) {
	for name, tc := range map[string]struct {
		p    process
		want string
	}{
		"user on the host":        {process{}, "run as root"},
		"user in a container":     {process{container: true}, "--cap-add NET_ADMIN"},
		"root of a container":     {process{container: true, root: true}, "--cap-add NET_ADMIN"},
		"rootless container":      {process{container: true, root: true, capable: true, userNamespace: true}, "not the host's root"},
		"unshare -r":              {process{root: true, capable: true, userNamespace: true}, "initial user namespace"},
		"root without capability": {process{root: true}, "no CAP_NET_ADMIN"},
		"root with everything":    {process{root: true, capable: true}, "security module"},
	} {
		if got := tc.p.permissionHint(); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q does not say %q", name, got, tc.want)
		}
	}
}

func TestModuleHint(t *testing.T) {
	for _, p := range []process{{container: true, root: true}, {userNamespace: true}} {
		if got := p.moduleHint(); !strings.Contains(got, "host") {
			t.Errorf("%+v: %q", p, got)
		}
	}
	if got := (process{root: true}).moduleHint(); got != "load it with: modprobe ip_vs" {
		t.Errorf("on the host: %q", got)
	}
}

// TestHelperPrintsItsStanding is not a test: the test binary runs itself with it.
func TestHelperPrintsItsStanding(t *testing.T) {
	want := os.Getenv("LVSCTL_STANDING")
	if want == "" {
		t.Skip("only for TestThisProcess")
	}
	p := thisProcess()
	p.container = false // it may well be one: that is not what is asked for
	if got := map[process]string{
		{capable: true, root: true}: "root",
		{}:                          "user",
		{capable: true, root: true, userNamespace: true}: "namespace",
	}[p]; got != want {
		t.Errorf("%+v is not what %s is", p, want)
	}
	var h interface{ Hint() string }
	if !errors.As(ErrPermission, &h) || want == "namespace" && !strings.Contains(h.Hint(), "initial user namespace") {
		t.Errorf("the hint does not fit %s", want)
	}
}

// A process tells rightly how it stands: as root, as a user, and as the root of a
// user namespace.
func TestThisProcess(t *testing.T) {
	ids, err := os.ReadFile("/proc/self/uid_map")
	if initial := strings.Join(strings.Fields(string(ids)), " ") == "0 0 4294967295"; err != nil || !initial || os.Geteuid() != 0 {
		t.Skipf("to become somebody else takes root outside user namespaces: %s, %v", ids, err)
	}
	for standing, attr := range map[string]*syscall.SysProcAttr{
		"root": {},
		"user": {Credential: &syscall.Credential{Uid: 65534, Gid: 65534}},
		"namespace": {
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 65534, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 65534, Size: 1}},
			Credential:  &syscall.Credential{Uid: 0, Gid: 0},
		},
	} {
		c := exec.Command("/proc/self/exe", "-test.run=^TestHelperPrintsItsStanding$")
		c.Env = append(os.Environ(), "LVSCTL_STANDING="+standing)
		c.SysProcAttr = attr
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", standing, err, out)
		}
	}
}

// A kernel that has no ip_vs, and no module of that name to load.
func TestDialWithoutModule(t *testing.T) {
	client, err := Dial()
	if err == nil {
		_ = client.Close()
		t.Skip("this kernel has IPVS")
	}
	if client != nil || !errors.Is(err, ErrNoModule) || errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	var h interface{ Hint() string }
	if !errors.As(err, &h) || !strings.Contains(h.Hint(), "modprobe ip_vs") {
		t.Errorf("no hint: %v", err)
	}
}
