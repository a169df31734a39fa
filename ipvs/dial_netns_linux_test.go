package ipvs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// here names the network namespace of the calling thread.
func here(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// otherNamespace makes a network namespace on a thread that ends with the test,
// and gives its path.
func otherNamespace(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("to make a network namespace takes root")
	}
	path, stop := make(chan string), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(path)
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Errorf("make a network namespace: %v", err)
			return
		}
		path <- fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
		<-stop
	}()
	t.Cleanup(func() { close(stop) })
	p := <-path
	if p == "" {
		t.FailNow()
	}
	return p
}

func TestInNamespaceAndBack(t *testing.T) {
	path := otherNamespace(t)
	want, err := os.Readlink(path)
	if err != nil {
		t.Fatal(err)
	}
	before, threads := here(t), threadCount(t)
	for range 50 {
		var inside string
		failure := errors.New("said by do")
		err = inNamespace(path, func() error { inside = here(t); return failure })
		if inside != want || !errors.Is(err, failure) || err.Error() != failure.Error() {
			t.Fatalf("ran in %s, want %s; error %v", inside, want, err)
		}
	}
	if after := here(t); after != before {
		t.Errorf("the caller was in %s and is in %s", before, after)
	}
	// Every thread is back where it was: none was lost, none was left behind.
	if n := threadCount(t); n > threads+10 {
		t.Errorf("%d threads before, %d after", threads, n)
	}
	inside := 0
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/ns/net", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if ns, err := os.Readlink(link); err == nil && ns == want {
			inside++
		}
	}
	if inside != 1 {
		t.Errorf("%d threads are in the namespace, want only the one that made it", inside)
	}
}

func threadCount(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

func TestNamespacesThatCannotBeEntered(t *testing.T) {
	if _, err := os.Stat("/proc/self/ns/net"); err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		netns string
		want  error
	}{
		"no such name":     {"lvsctl-no-such", ErrNoNamespace},
		"no such path":     {"/proc/self/ns/no-such", ErrNoNamespace},
		"no such process":  {"/proc/4194305/ns/net", ErrNoNamespace},
		"path in a file":   {plain + "/ns", ErrNoNamespace},
		"an ordinary file": {plain, errNotANamespace},
		"another kind":     {"/proc/self/ns/uts", errNotANamespace},
	} {
		t.Run(name, func(t *testing.T) {
			if errors.Is(tc.want, errNotANamespace) && os.Geteuid() != 0 {
				t.Skip("without root the kernel refuses before it looks")
			}
			before := here(t)
			client, err := DialIn(tc.netns)
			if client != nil || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.netns) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			var h interface{ Hint() string }
			if !errors.As(err, &h) || h.Hint() == "" {
				t.Errorf("no hint: %v", err)
			}
			if after := here(t); after != before {
				t.Errorf("the caller was in %s and is in %s", before, after)
			}
		})
	}
}

// What open and setns refuse for lack of privilege is ErrPermission: who lists the
// table then reads /proc/net/ip_vs instead.
func TestNamespaceReasons(t *testing.T) {
	for _, errno := range []error{unix.EPERM, unix.EACCES, os.NewSyscallError("setns", unix.EPERM)} {
		if err := namespaceReason(errno); !errors.Is(err, ErrPermission) || !errors.Is(err, os.ErrPermission) {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := namespaceReason(unix.EMFILE); !errors.Is(err, unix.EMFILE) {
		t.Errorf("another error is lost: %v", err)
	}
}

func TestNamespacePaths(t *testing.T) {
	if got := namespacePaths("blue"); got[0] != "/run/netns/blue" || got[1] != "/var/run/netns/blue" {
		t.Errorf("got %q", got)
	}
	if got := namespacePaths("./blue"); len(got) != 1 || got[0] != "./blue" {
		t.Errorf("got %q", got)
	}
}
