package system

import (
	"errors"
	"net"
)

// VirtualLink is a link on top of another one, with a hardware address of its own
// (macvlan in private mode: the virtual links of one parent do not hear each other).
// IPv6 makes up no address for it.
type VirtualLink struct {
	Name   string // at most 15 bytes
	Parent string
	MAC    net.HardwareAddr
	Group  uint32 // link group (ip link set group), 0: the default one
}

// ErrLinkTaken says that a link of that name is there and is something else.
var ErrLinkTaken = errors.New("there is another link of that name")
