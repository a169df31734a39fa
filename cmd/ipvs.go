package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

const ipvsLong = `Show and change the kernel's virtual server table, in the language of ipvsadm(8).
Without arguments the table is listed. The first option is the command.

Commands:
  -A, --add-service      SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M NETMASK]
                         [--pe ENGINE] [-b FLAGS] [-o]
  -E, --edit-service     the same; replaces all that is not named by its default
  -D, --delete-service   SERVICE
  -a, --add-server       SERVICE -r SERVER [-g|-i|-m] [-w WEIGHT] [-x N] [-y N]
  -e, --edit-server      the same; replaces all that is not named by its default
  -d, --delete-server    SERVICE -r SERVER
  -C, --clear            delete everything
  -L, -l, --list         [-n] [--nosort] [SERVICE]
  -h, --help             this text
  -v, --version          the version of the language

SERVICE is one of:
  -t, --tcp-service      ADDRESS:PORT; with port 0 every port (needs -p)
  -u, --udp-service      ADDRESS:PORT
      --sctp-service     ADDRESS:PORT
  -f, --fwmark-service   NUMBER, of packets that a firewall has marked
  -6, --ipv6             behind -f: the packets are IPv6

Options:
  -s, --scheduler        rr, wrr, lc, wlc (default), lblc, lblcr, dh, sh, sed, nq, fo,
                         ovf, mh
  -p, --persistent       seconds for which a client stays with a server (default 360)
  -M, --netmask          clients of one network stay together: 255.255.255.0, or for
                         IPv6 a length from 1 to 128
      --pe               persistence engine: sip
  -b, --sched-flags      sh-fallback, sh-port, mh-fallback, mh-port, flag-1 to flag-3
  -o, --ops              one-packet scheduling, for UDP or a firewall mark
  -r, --real-server      ADDRESS[:PORT]; the port of the service if there is none
  -g, --gatewaying       direct routing (default)
  -i, --ipip             tunnelling
  -m, --masquerading     NAT
  -w, --weight           0 to 2147483647 (default 1); 0 takes no new connections
  -x, --u-threshold      connections at which the server gets no more
  -y, --l-threshold      connections at which it gets some again
  -n, --numeric          numbers instead of the names of hosts and ports
      --nosort           in the order of the kernel

An IPv6 address with a port is written [2001:db8::1]:80. Letters can be run
together (-Ln), and a value can follow with or without space or equals sign.

Nothing is changed unless the whole command line makes sense.

Exit status: 0 done, 1 the kernel refused, has no IPVS, or gives no permission,
2 wrong usage.`

const ipvsExample = `  lvsctl ipvs -A -t 192.0.2.10:80 -s wlc
  lvsctl ipvs -a -t 192.0.2.10:80 -r 10.0.0.2 -w 100
  lvsctl ipvs -a -t 192.0.2.10:80 -r 10.0.0.3:8080 -m
  lvsctl ipvs -Ln
  lvsctl ipvs -d -t 192.0.2.10:80 -r 10.0.0.2`

const ipvsVersion = "lvsctl ipvs (the language of ipvsadm v1.31)\n"

func newIPVS(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:                "ipvs [COMMAND] [OPTION]...",
		Short:              "Show and change the kernel's virtual server table, like ipvsadm",
		Long:               ipvsLong,
		Example:            ipvsExample,
		DisableFlagParsing: true,
		RunE:               func(_ *cobra.Command, args []string) error { return runIPVS(args, s) },
	}
}

// runIPVS carries out the arguments behind "ipvs". Nothing of cobra is used here,
// so that it starts as fast as it can.
func runIPVS(args []string, s Streams) error {
	names := &systemNames{}
	command, err := ipvsadm.Parse(args, names)
	if err != nil {
		return err
	}
	switch command.Kind {
	case ipvsadm.Help:
		return printText(s.Out, ipvsLong+"\n\nExamples:\n"+ipvsExample+"\n")
	case ipvsadm.Version:
		return printText(s.Out, ipvsVersion)
	}
	client, err := ipvs.Dial()
	if err != nil {
		return err
	}
	if err := ipvsadm.Run(client, command, names, s.Out); err != nil {
		_ = client.Close() // only read from; the error that counts is the other
		return err
	}
	if err := client.Close(); err != nil {
		return fmt.Errorf("close the connection to IPVS: %w", err)
	}
	return nil
}

func printText(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}
