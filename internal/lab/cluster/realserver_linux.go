package cluster

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// RealServer is a host that serves one VIP by direct routing.
type RealServer struct {
	*lab.Host
	Addr   netip.AddrPort
	server *lab.Server
}

func (c *Cluster) addRealServer(lvsctl string, number int, vip netip.AddrPort) (*RealServer, error) {
	addr := netip.AddrFrom4([4]byte{172, 28, 19, byte(number)})
	h, err := c.Network.AddHost(fmt.Sprintf("r%d", number), netip.PrefixFrom(addr, 16))
	if err != nil {
		return nil, err
	}
	r := &RealServer{Host: h, Addr: netip.AddrPortFrom(addr, vip.Port())}
	runDir := filepath.Join(c.dir, h.Name)
	_, err = h.Output(lvsctl, "realserver", "start", "--run-dir", runDir, vip.Addr().String())
	return r, errors.Join(err, r.Serve())
}

// Serve starts the server's service.
func (r *RealServer) Serve() (err error) {
	r.server, err = r.Host.Serve(r.Addr.Port())
	return err
}

// StopServing ends the service: connections are refused, the host itself lives.
func (r *RealServer) StopServing() error {
	if r.server == nil {
		return nil
	}
	err := r.server.Stop()
	r.server = nil
	return err
}
