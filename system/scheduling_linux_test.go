package system

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// schedulingEnv makes the test binary set its scheduling and tell what came of it,
// so that the tests themselves keep theirs.
const schedulingEnv = "SYSTEM_TEST_SCHEDULING"

func TestMain(m *testing.M) {
	if os.Getenv(schedulingEnv) != "" {
		os.Exit(tellScheduling())
	}
	os.Exit(m.Run())
}

func tellScheduling() int {
	s := Scheduling{Nice: -3, Realtime: 7, LockMemory: true, CPUs: []int{0}, RTLimit: 50000}
	if err := s.Apply(); err != nil {
		fmt.Println(err)
		return 1
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		fmt.Println("thread", schedulingOf("/proc/self/task/"+t.Name()))
	}
	err := OnOrdinaryThread(func() error {
		fmt.Println("ordinary", schedulingOf("/proc/thread-self"))
		return nil
	})
	status, _ := os.ReadFile("/proc/self/status")
	fmt.Println("locked", !strings.Contains(string(status), "VmLck:\t       0 kB"), err)
	return 0
}

// schedulingOf gives nice value, real-time priority and policy of a thread (proc(5)).
func schedulingOf(dir string) string {
	stat, _ := os.ReadFile(dir + "/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	return fmt.Sprintf("nice %s realtime %s policy %s", f[16], f[37], f[38])
}

func TestScheduling(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root for real-time priorities")
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), schedulingEnv+"=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		want, _, _ := strings.Cut(line, " ")
		want = map[string]string{
			"thread":   "thread nice -3 realtime 7 policy 2",
			"ordinary": "ordinary nice 0 realtime 0 policy 0",
			"locked":   "locked true <nil>",
		}[want]
		if line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	if n := strings.Count(string(out), "thread nice"); n < 2 {
		t.Errorf("%d threads looked at", n)
	}
}
