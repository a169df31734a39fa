package system

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// ARPOperation is the operation of an ARP packet (RFC 826).
type ARPOperation uint16

// ARP operations.
const (
	ARPRequest ARPOperation = 1
	ARPReply   ARPOperation = 2
)

const (
	etherTypeARP  = 0x0806
	etherTypeIPv4 = 0x0800
	arpEthernet   = 1 // hardware type
	macLen        = 6
	arpFrameLen   = 14 + 28 // Ethernet header and ARP packet, unpadded
)

// GratuitousARP builds the Ethernet frame that tells every neighbour that addr
// lives at mac: sender and target address are addr, the target hardware address
// is the broadcast one, as keepalived sends it (RFC 5227 section 3 has both the
// request and the reply form). mac must have 6 bytes and addr must be IPv4.
func GratuitousARP(op ARPOperation, mac net.HardwareAddr, addr netip.Addr) ([]byte, error) {
	if len(mac) != macLen {
		return nil, fmt.Errorf("announce %s: hardware address %q is not an Ethernet address", addr, mac)
	}
	if !addr.Is4() {
		return nil, fmt.Errorf("announce %s: not an IPv4 address", addr)
	}
	ip := addr.As4()
	f := make([]byte, 0, arpFrameLen)
	f = append(f, broadcastMAC()...)
	f = append(f, mac...)
	f = binary.BigEndian.AppendUint16(f, etherTypeARP)
	f = binary.BigEndian.AppendUint16(f, arpEthernet)
	f = binary.BigEndian.AppendUint16(f, etherTypeIPv4)
	f = append(f, macLen, byte(len(ip)))
	f = binary.BigEndian.AppendUint16(f, uint16(op))
	f = append(f, mac...)
	f = append(f, ip[:]...)
	f = append(f, broadcastMAC()...)
	return append(f, ip[:]...), nil
}

func broadcastMAC() net.HardwareAddr {
	return net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
}

// Announcement is one address that was announced on a link.
type Announcement struct {
	Link    string
	Address netip.Addr
}

// FakeAnnouncer remembers what was announced.
type FakeAnnouncer struct {
	mu   sync.Mutex
	seen []Announcement
	Err  error // if set, every announcement fails with it
}

// Announce remembers one announcement for each address.
func (f *FakeAnnouncer) Announce(l Link, addrs []netip.Addr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Err != nil {
		return f.Err
	}
	for _, a := range addrs {
		f.seen = append(f.seen, Announcement{Link: l.Name, Address: a})
	}
	return nil
}

// Take gives what was announced since the last call, and forgets it.
func (f *FakeAnnouncer) Take() []Announcement {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := f.seen
	f.seen = nil
	return seen
}
