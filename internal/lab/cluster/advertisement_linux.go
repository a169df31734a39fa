package cluster

import (
	"context"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/ipv4"
)

// UntilAdvertisement waits until the master has just advertised itself. What
// happens then happens at the same phase of its clock, so that two outages can
// be compared.
func (c *Cluster) UntilAdvertisement(ctx context.Context) error {
	var listener net.PacketConn
	err := c.Client.Do(func() (err error) {
		if listener, err = net.ListenPacket("ip4:112", "224.0.0.18"); err != nil {
			return err
		}
		eth0, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		return ipv4.NewPacketConn(listener).JoinGroup(eth0, &net.IPAddr{IP: net.IPv4(224, 0, 0, 18)})
	})
	if listener != nil {
		defer func() { _ = listener.Close() }()
	}
	if err == nil {
		if deadline, ok := ctx.Deadline(); ok {
			err = listener.SetReadDeadline(deadline)
		}
	}
	if err == nil {
		_, _, err = listener.ReadFrom(make([]byte, 1500))
	}
	if err != nil {
		return fmt.Errorf("wait for an advertisement: %w", err)
	}
	time.Sleep(50 * time.Millisecond) // it is not half sent
	return nil
}
