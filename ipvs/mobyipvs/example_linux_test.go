package mobyipvs_test

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/mobyipvs"
)

// A service goes over to code that is still written for moby/ipvs; a server that
// would become another one there does not.
func Example() {
	web := ipvs.ServiceEntry{
		Service: ipvs.Service{
			ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort("192.0.2.1:80")),
			Scheduler:  "wlc",
		},
		Destinations: []ipvs.DestinationEntry{
			{Destination: ipvs.Destination{Address: netip.MustParseAddrPort("10.0.0.1:80"), Weight: 1}},
		},
	}
	service, servers, err := mobyipvs.ToMoby(web)
	fmt.Println(service.Address, service.Port, servers[0].Address, err)

	web.Destinations[0].Method = ipvs.Tunnel
	web.Destinations[0].Tunnel = ipvs.TunnelOptions{Type: ipvs.GRE}
	_, _, err = mobyipvs.ToMoby(web)
	fmt.Println(errors.Is(err, mobyipvs.ErrNotExpressible))
	// Output:
	// 192.0.2.1 80 10.0.0.1 <nil>
	// true
}
