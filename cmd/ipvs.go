package cmd

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

const ipvsLong = `Show and change the kernel's virtual server table: with verbs, or in the language of
ipvsadm(8). Without arguments the table is listed. --netns NAME in front of either
works on the table of another network namespace.

Verbs, each with a help of its own (lvsctl ipvs VERB --help):
  list, connections, monitor    what is there, and what changes
  add, edit, delete, zero       one service or server
  save, diff, apply, confirm    a file of rules, YAML or JSON, and the table
  restore, clear                the whole table
  timeouts, sync                what stands beside it

In the language of ipvsadm the first option is the command.

Commands:
  -A, --add-service      SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M NETMASK]
                         [--pe ENGINE] [-b FLAGS] [-o]
  -E, --edit-service     the same; replaces all that is not named by its default
  -D, --delete-service   SERVICE
  -a, --add-server       SERVICE -r SERVER [-g|-i|-m] [-w WEIGHT] [-x N] [-y N]
                         [TUNNEL OPTIONS]
  -e, --edit-server      the same; replaces all that is not named by its default
  -d, --delete-server    SERVICE -r SERVER
  -C, --clear            delete everything
  -Z, --zero             [SERVICE]: set the counters of one or of all to zero
  -L, -l, --list         [SERVICE | -c | --timeout | --daemon] [LIST OPTIONS]
  -S, --save             [-n]: print the table as rules
  -R, --restore          [--atomic]: carry out the rules on standard input
      --set              TCP TCPFIN UDP: how long idle connections are kept, in
                         seconds; 0 leaves a value as it is
      --start-daemon     master|backup [SYNC OPTIONS]: synchronise connections
      --stop-daemon      master|backup [--syncid N]
  -h, --help             this text
  -v, --version          the ipvsadm whose language this is

SERVICE is one of:
  -t, --tcp-service      ADDRESS:PORT; with port 0 every port (needs -p)
  -u, --udp-service      ADDRESS:PORT
      --sctp-service     ADDRESS:PORT
  -f, --fwmark-service   NUMBER, of packets that a firewall has marked
  -6, --ipv6             behind -f: the packets are IPv6

Options of services:
  -s, --scheduler        rr, wrr, lc, wlc (default), lblc, lblcr, dh, sh, sed, nq, fo,
                         ovf, mh
  -p, --persistent       seconds for which a client stays with a server (default 360)
  -M, --netmask          clients of one network stay together: 255.255.255.0, or for
                         IPv6 a length from 1 to 128
      --pe               persistence engine: sip
  -b, --sched-flags      sh-fallback, sh-port, mh-fallback, mh-port, flag-1 to flag-3
  -o, --ops              one-packet scheduling, for UDP or a firewall mark

Options of real servers:
  -r, --real-server      ADDRESS[:PORT]; the port of the service if there is none
  -g, --gatewaying       direct routing (default)
  -i, --ipip             tunnelling
  -m, --masquerading     NAT
  -w, --weight           0 to 2147483647 (default 1); 0 takes no new connections
  -x, --u-threshold      connections at which the server gets no more
  -y, --l-threshold      connections at which it gets some again

Tunnel options, with -i:
      --tun-type         ipip (default), gue or gre
      --tun-port         UDP port of gue
      --tun-nocsum       no checksum of the encapsulation (gue and gre; default)
      --tun-csum         with checksum (gue and gre)
      --tun-remcsum      with remote checksum offload (gue)

List options:
  -n, --numeric          numbers instead of the names of hosts and ports
  -c, --connection       the connections instead of the table
      --timeout          the timeouts instead of the table
      --daemon           the synchronisation daemons instead of the table
      --stats            connections, packets and bytes so far
      --rate             connections, packets and bytes in a second
      --thresholds       -x and -y of each server
      --persistent-conn  persistent connections; with -c the persistence engine
      --tun-info         the tunnel to each server
  -X, --exact            counters with all digits
      --nosort           in the order of the kernel
      --sort             sorted, as always

Sync options:
      --mcast-interface  where the messages go out or come in (default eth0)
      --syncid           0 (default) to 255; daemons hear only those with their own
      --sync-maxlen      bytes of a message, 1 to 65507 (default: as fit into a packet)
      --mcast-group      multicast address (default 224.0.0.81)
      --mcast-port       UDP port (default 8848)
      --mcast-ttl        1 (default) to 255

An IPv6 address with a port is written [2001:db8::1]:80. Letters can be run
together (-Ln), and a value can follow with or without space or equals sign.

Nothing is changed unless the whole command line makes sense. -R reads all rules
before it carries out the first. What the kernel refuses is passed over, and the
exit status is that of the last line; with --atomic nothing is changed unless all
can be carried out. Called as ipvsadm, ipvsadm-save or ipvsadm-restore, lvsctl is
that program.

Exit status: 0 done; 1 something could not be listed; 2 the command line makes no
sense, the kernel has no IPVS, or gives no permission to use it; 255 the kernel
refused, or an option does not exist, or lacks its value.`

const ipvsExample = `  lvsctl ipvs -A -t 192.0.2.10:80 -s wlc
  lvsctl ipvs -a -t 192.0.2.10:80 -r 10.0.0.2 -w 100
  lvsctl ipvs -a -t 192.0.2.10:80 -r 10.0.0.3:8080 -m
  lvsctl ipvs -Ln --stats
  lvsctl ipvs -d -t 192.0.2.10:80 -r 10.0.0.2
  lvsctl ipvs -Sn > rules
  lvsctl ipvs -R --atomic < rules`

// command is the command ipvs with its verbs.
func (v *verbs) command() *cobra.Command {
	c := &cobra.Command{
		Use:                "ipvs [VERB | COMMAND] [OPTION]...",
		Short:              "Show and change the kernel's virtual server table, with verbs or like ipvsadm",
		Long:               ipvsLong,
		Example:            ipvsExample,
		DisableFlagParsing: true,
		RunE:               v.withoutVerb,

		SuggestionsMinimumDistance: 2,
	}
	v.addTo(c)
	return c
}

// withoutVerb carries out what begins with no verb: nothing, which lists, the
// language of ipvsadm, or a word that is a slip.
func (v *verbs) withoutVerb(c *cobra.Command, args []string) error {
	netns, rest := leadingNetns(args)
	v.netns = netns
	switch {
	case len(rest) == 0:
		return v.list(listing{output: "table"})
	case strings.HasPrefix(rest[0], "-"):
		if status := newIpvsadm("lvsctl ipvs", netns, v.Streams).Ipvsadm(rest); status != exitOK {
			return answer(status)
		}
		return nil
	default:
		err := fmt.Errorf("unknown verb %q", rest[0])
		if near := c.SuggestionsFor(rest[0]); len(near) > 0 {
			err = fmt.Errorf("%w, did you mean %s?", err, strings.Join(near, " or "))
		}
		return usage(c, err)
	}
}

// runIpvsadm runs a command line in the language of ipvsadm, if args are one, and
// gives the exit status. It comes before the tree of commands is built, and uses
// nothing of it: scripts call this a thousand times over.
func runIpvsadm(args []string, s Streams) (status int, was bool) {
	if len(args) == 0 {
		return 0, false
	}
	switch filepath.Base(args[0]) {
	case "ipvsadm":
		return newIpvsadm(args[0], "", s).Ipvsadm(args[1:]), true
	case "ipvsadm-save":
		return newIpvsadm("ipvsadm", "", s).Save(args[1:]), true
	case "ipvsadm-restore":
		return newIpvsadm("ipvsadm", "", s).Restore(args[1:]), true
	}
	if len(args) < 2 || args[1] != "ipvs" {
		return 0, false
	}
	netns, rest := leadingNetns(args[2:])
	if len(rest) == 0 || !strings.HasPrefix(rest[0], "-") {
		return 0, false
	}
	return newIpvsadm("lvsctl ipvs", netns, s).Ipvsadm(rest), true
}

func newIpvsadm(name, netns string, s Streams) *ipvsadm.Program {
	return &ipvsadm.Program{
		Name: name, Help: ipvsLong + "\n\nExamples:\n" + ipvsExample + "\n",
		Names: &systemNames{}, Dial: func() (*ipvs.Client, error) { return ipvs.DialIn(netns) },
		In: s.In, Out: s.Out, Err: s.Err,
	}
}
