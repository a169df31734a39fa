package keepalived

import (
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// checkRouters checks what those who act on routers rely on.
func checkRouters(t *testing.T, c config.Config) {
	t.Helper()
	for _, v := range c.VirtualRouters {
		if v.Name.V == "" || v.Interface.V == "" && len(v.Unicast.Peers) == 0 || v.ID.V == 0 || v.Priority.V == 0 || v.AdvertInterval.V < 10*time.Millisecond {
			t.Fatalf("router %+v", v)
		}
		if a := v.Authentication; a != nil && (len(a.Password.V) > maxPassword || len(a.Password.V) == 0 || v.Version.V != 2) {
			t.Fatalf("authentication of %+v", v)
		}
		for _, a := range v.Addresses {
			if !a.Prefix.V.IsValid() || a.Prefix.V.Addr().Is6() != v.IPv6() {
				t.Fatalf("address %+v", a)
			}
		}
	}
}
