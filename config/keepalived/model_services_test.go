package keepalived

import (
	"testing"

	"github.com/lvsctl/lvsctl/config"
)

// checkServices checks what those who act on virtual servers rely on.
func checkServices(t *testing.T, c config.Config) {
	t.Helper()
	for _, s := range c.VirtualServers {
		if !s.Scheduler.IsKnown() || len(s.RealServers) == 0 {
			t.Fatalf("server %+v", s)
		}
	}
}
