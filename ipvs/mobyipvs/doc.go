// Package mobyipvs turns the services and real servers of package ipvs into those
// of github.com/moby/ipvs and back, for programs that come from it or still use
// both. Nothing else of lvsctl uses moby/ipvs: only who imports this package links it.
//
// moby/ipvs v1.1.0 knows less than the kernel. What it would write wrongly,
// ToMoby refuses (ErrNotExpressible):
//   - GUE and GRE tunnels, which it would make plain IP-in-IP tunnels;
//   - real servers of another address family than their service, whose address
//     the kernel would read as one of the service's family;
//   - IPv6 addresses that stand for IPv4 ones (::ffff:192.0.2.1), which it cuts
//     to four bytes.
//
// What it does not carry is lost on the way to it:
//   - counters beyond 32 bits stand at 4294967295 (bytes have 64 bits there too);
//   - the number of persistent connections of a real server.
//
// And what it reads from the kernel is wrong before FromMoby sees it, without a
// sign of it: weights are cut to 16 bits (100000 is 34464), persistence engines
// and tunnel types are not read at all. Write nothing back that was read with
// moby/ipvs where any of these are in use: read the table with package ipvs.
//
// The package is for Linux, as moby/ipvs is.
package mobyipvs
