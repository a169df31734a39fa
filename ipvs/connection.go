package ipvs

import (
	"net/netip"
	"time"
)

// Connection is one entry of the kernel's connection table, as
// /proc/net/ip_vs_conn shows it. Templates of persistent services are entries
// too: their client has port 0.
type Connection struct {
	Protocol    string         // TCP, UDP, SCTP, ESP, AH; IP for a template of a firewall mark
	Client      netip.AddrPort // masked for a template
	Virtual     netip.AddrPort // what the client asked for; a firewall mark as an address
	Destination netip.AddrPort // the real server
	State       string         // ESTABLISHED, FIN_WAIT, …, as the kernel calls it
	Expires     time.Duration  // whole seconds until the entry is forgotten
	PE, PEData  string         // persistence engine and what it goes by, mostly empty
}
