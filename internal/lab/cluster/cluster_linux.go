// Package cluster is the tutorial's cluster as a laboratory: two directors, nine
// real servers in three pools and a client, each in a network namespace, on one
// switch. It runs on lvsctl or, to compare, with keepalived on the directors.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// Pool is one virtual service of the tutorial with its real servers.
type Pool struct {
	VIP     netip.AddrPort
	Servers []*RealServer
}

// Cluster is the whole of it.
type Cluster struct {
	Network        *lab.Network
	Master, Backup *Director
	Pools          []*Pool
	Client         *lab.Host
	ClientAddrs    []netip.Addr
	dir            string
}

// clients is how many addresses the client asks from: persistence sends all
// that one address asks to one real server, so it takes many to spread.
const clients = 60

// New builds the cluster: every cable plugged in, every server serving its VIP,
// the directors idle. lvsctl is the path of the binary, dir a place for files.
func New(lvsctl, dir string) (*Cluster, error) {
	network, err := lab.NewNetwork()
	if err != nil {
		return nil, err
	}
	c := &Cluster{Network: network, dir: dir}
	if err := c.build(lvsctl); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) build(lvsctl string) (err error) {
	if c.Master, err = c.addDirector(lvsctl, "d1", "172.28.14.1", masterConf); err != nil {
		return err
	}
	if c.Backup, err = c.addDirector(lvsctl, "d2", "172.28.14.2", backupConf); err != nil {
		return err
	}
	if err := c.addClient(); err != nil {
		return err
	}
	next := 100
	for _, vip := range []string{"172.28.14.227:8080", "172.28.14.228:25", "172.28.14.229:21"} {
		p := &Pool{VIP: netip.MustParseAddrPort(vip)}
		c.Pools = append(c.Pools, p)
		for range 3 {
			r, err := c.addRealServer(lvsctl, next, p.VIP)
			if err != nil {
				return err
			}
			p.Servers = append(p.Servers, r)
			next++
		}
	}
	return nil
}

func (c *Cluster) addClient() (err error) {
	var prefixes []netip.Prefix
	for i := range clients {
		a := netip.AddrFrom4([4]byte{172, 28, 20, byte(i + 1)})
		c.ClientAddrs = append(c.ClientAddrs, a)
		prefixes = append(prefixes, netip.PrefixFrom(a, 16))
	}
	c.Client, err = c.Network.AddHost("client", prefixes...)
	return err
}

// Targets are the virtual services.
func (c *Cluster) Targets() []netip.AddrPort {
	var out []netip.AddrPort
	for _, p := range c.Pools {
		out = append(out, p.VIP)
	}
	return out
}

// Probe is the client asking all services from all its addresses.
func (c *Cluster) Probe() lab.Probe {
	return lab.Probe{Host: c.Client, Targets: c.Targets(), Sources: c.ClientAddrs}
}

// Close stops everything and takes the network down.
func (c *Cluster) Close() error {
	var errs []error
	for _, d := range []*Director{c.Master, c.Backup} {
		if d != nil {
			errs = append(errs, d.Kill())
		}
	}
	for _, p := range c.Pools {
		for _, r := range p.Servers {
			errs = append(errs, r.StopServing())
		}
	}
	return errors.Join(append(errs, c.Network.Close())...)
}

// Until waits until what is true, and says what it waited for if it is not in time.
func Until(ctx context.Context, what string, true func() (bool, error)) error {
	for {
		ok, err := true()
		if ok && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waited in vain until %s", what), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func writeFile(dir, name, contents string) (string, error) {
	path := filepath.Join(dir, name)
	return path, os.WriteFile(path, []byte(contents), 0o600)
}
