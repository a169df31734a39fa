package ipvstest_test

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// A test brings a kernel in memory to a state, hands a client of it to the code in
// question, and looks at what was asked and at what stands there now.
func Example() {
	kernel := ipvstest.New()
	web := ipvs.Service{
		ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort("192.0.2.1:80")),
		Scheduler:  "wlc",
	}
	kernel.Load(ipvs.Table{{Service: web}})

	client := kernel.Client()
	server := ipvs.Destination{Address: netip.MustParseAddrPort("10.0.0.1:80"), Weight: 1}
	err := client.Apply(
		ipvs.Op{Kind: ipvs.AddService, Service: web},
		ipvs.Op{Kind: ipvs.AddDestination, Service: web, Destination: server},
	)
	fmt.Println(err)

	kernel.Fail(1, syscall.ENOMEM) // the next operation
	err = client.Apply(ipvs.Op{Kind: ipvs.DeleteService, Service: web})
	fmt.Println(errors.Is(err, syscall.ENOMEM))

	for _, op := range kernel.Ops() {
		fmt.Println(op)
	}
	for _, s := range kernel.Table() {
		fmt.Println(s.ServiceKey, len(s.Destinations))
	}
	// Output:
	// add service TCP 192.0.2.1:80: service already exists
	// true
	// add service TCP 192.0.2.1:80
	// add server 10.0.0.1:80 to service TCP 192.0.2.1:80
	// delete service TCP 192.0.2.1:80
	// TCP 192.0.2.1:80 1
}
