//go:build lab

package ipvsadm_test

import (
	"errors"
	"math/rand/v2"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// random makes rules about few addresses, so that many meet. It remembers services,
// to come back to them.
type random struct {
	*rand.Rand
	names book
	known []string
}

func pick[T any](r *random, of ...T) T { return of[r.IntN(len(of))] }

func (r *random) once(in int) bool { return r.IntN(in) == 0 }

// seldom gives the bad value once in a hundred times.
func (r *random) seldom(bad string, good ...string) string {
	if r.once(100) {
		return bad
	}
	return pick(r, good...)
}

// script is rules of at most so many lines, some of them damaged. Behind one that ends
// -R there is only one more.
func (r *random) script(lines int) string {
	var b strings.Builder
	damage := pick(r, 5, 50)
	for ended := false; lines > 0 && !ended; lines-- {
		words := r.line()
		if r.once(damage) {
			words = r.damaged(words)
		}
		line := strings.Join(words, pick(r, " ", " ", " ", " \t "))
		command, err := ipvsadm.Parse(strings.Fields(line), r.names)
		if command.Kind == ipvsadm.Help {
			continue // has another text
		}
		var mistake *ipvsadm.Error
		if ended = errors.As(err, &mistake) && mistake.Class != ipvsadm.Syntax; ended {
			line += "\n-A -f 99"
		}
		b.WriteString(pick(r, "", "", "", "ipvsadm ") + line + pick(r, "\n", "\n", "\n", "\r\n", "\n\n"))
	}
	return b.String()
}

func (r *random) line() []string {
	command := pick(r, "-A", "-A", "-A", "-A", "-a", "-a", "-a", "-a", "-a", "-a", "-E", "-E", "-e", "-e", "-d", "-D")
	if r.once(20) {
		command = pick(r, "-Z", "-L", "--set") // to list what is not there ends -R
	}
	service := r.service(command == "-A")
	line := append([]string{command}, service...)
	switch command {
	case "-A", "-E":
		return append(line, r.serviceOptions(service)...)
	case "-a", "-e":
		forward := pick(r, "", "-m", "-m", "--masquerading", "-g", "-i", "-i", "--ipip")
		line = append(line, r.server(service, strings.Contains(forward, "-i"))...)
		return append(line, r.serverOptions(forward)...)
	case "-d":
		return append(line, r.server(service, false)...)
	case "-L":
		return append(line, "-n", pick(r, "--stats", "--rate", "--thresholds", "--persistent-conn", "--tun-info", "--exact", "--sort"))
	case "--set":
		return []string{command, pick(r, "0", "900", "1"), pick(r, "0", "120"), r.seldom("2678401", "0", "300", "2678400")}
	default:
		return line
	}
}

func (r *random) service(added bool) []string {
	if n := len(r.known); n > 0 && !r.once(10) && (!added || r.once(4)) {
		return strings.Fields(r.known[r.IntN(n)])
	}
	service := r.newService()
	r.known = append(r.known, strings.Join(service, " "))
	return service
}

func (r *random) newService() []string {
	address := pick(r, "192.0.2.1", "10.0.0.1", "[2001:db8::1]", "[2001:db8:ffff::1]", "www", "255.255.255.255", "[::1]", "[::ffff:192.0.2.1]")
	switch r.IntN(8) {
	case 0:
		return []string{pick(r, "-f", "--fwmark-service"), r.seldom("0", "1", "7", "2147483648", "4294967295")}
	case 1:
		return []string{"-f", r.seldom("4294967296", "1", "7"), pick(r, "-6", "--ipv6")}
	case 2:
		return []string{"-u" + address + ":" + pick(r, "53", "domain")}
	case 3:
		return []string{pick(r, "-t", "-u", "--sctp-service"), address + ":" + r.seldom("x", "0", "443", "65535")}
	default:
		return []string{pick(r, "-t", "--tcp-service", "-u", "--udp-service", "--sctp-service"), address + pick(r, ":80", ":80", ":81")}
	}
}

func (r *random) server(service []string, tunnelled bool) []string {
	v4 := []string{"10.0.0.1", "192.168.0.1", "172.16.0.1", "10.0.0.2", "10.0.0.3", "198.51.100.1", "red", "10.8.0.9"}
	v6 := []string{"[2001:db8::2]", "[2001:db8:ffff::2]", "[2001:db8::3]", "[fd00::1]"}
	address := pick(r, v4...)
	if isV6(service) != (tunnelled && r.once(4) || r.once(100)) {
		address = pick(r, v6...)
	}
	if r.once(40) {
		address = pick(r, "224.0.0.1", "0.0.0.0", "255.255.255.255", "10.8.0.255")
		if isV6(service) {
			address = pick(r, "[ff02::1]", "[::]", "[::ffff:10.0.0.1]")
		}
	}
	port := r.seldom(":http", ":80", ":8080", ":443", ":0", "")
	if address[0] == '[' {
		port = pick(r, ":80", ":8080", ":0")
	}
	return []string{pick(r, "-r", "--real-server"), address + port}
}

func isV6(service []string) bool {
	return strings.Contains(service[len(service)-1], "[") || len(service) == 3
}

func (r *random) serviceOptions(service []string) (args []string) {
	scheduler := r.seldom("nosuch", "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "none")
	if r.once(2) {
		args = append(args, pick(r, "-s", "--scheduler"), scheduler)
	} else {
		scheduler = "wlc"
	}
	if zero := strings.HasSuffix(strings.Join(service, " "), ":0"); zero || r.once(2) {
		args = append(args, pick(r, []string{"-p"}, []string{"--persistent"}, []string{"-p", r.seldom("0", "1", "300", "2678400")})...)
	}
	if r.once(3) {
		args = append(args, pick(r, "-M", "--netmask"), r.netmask(service))
	}
	if r.once(5) {
		args = append(args, "--pe", r.seldom("nosuch", "sip"))
	}
	if onePacket := strings.HasPrefix(service[0], "-u") || service[0] == "-f"; onePacket && r.once(2) || r.once(200) {
		args = append(args, pick(r, "-o", "--ops"))
	}
	if r.once(3) {
		args = append(args, pick(r, "-b", "--sched-flags"), r.schedulerFlags(scheduler))
	}
	return args
}

func (r *random) netmask(service []string) string {
	if isV6(service) {
		return r.seldom("129", "128", "64", "1", "56")
	}
	return r.seldom("x", "255.255.255.0", "0.0.0.0", "64", "255.0.0.255", "255.255.255.255")
}

func (r *random) schedulerFlags(scheduler string) string {
	switch scheduler {
	case "sh", "mh":
		return pick(r, scheduler+"-port", scheduler+"-fallback", scheduler+"-port,"+scheduler+"-fallback", "flag-3", "flag-1,flag-3")
	default:
		return r.seldom("sh-port", "flag-1", "flag-2", "flag-3", "flag-3,flag-1", "flag-2,,flag-3,")
	}
}

func (r *random) serverOptions(forward string) (args []string) {
	if forward != "" {
		args = append(args, forward)
	}
	if strings.Contains(forward, "-i") && r.once(2) {
		args = append(args, r.tunnel()...)
	}
	if !r.once(3) {
		args = append(args, pick(r, "-w", "--weight"), r.seldom("2147483648", "0", "1", "100", "65536", "2147483647"))
	}
	if r.once(3) {
		args = append(args, pick(r, "-x", "--u-threshold"), pick(r, "4", "5", "2147483647"), pick(r, "-y", "--l-threshold"), r.seldom("9", "0", "3", "4"))
	}
	return args
}

func (r *random) tunnel() []string {
	switch r.IntN(4) {
	case 0:
		return []string{"--tun-type", "ipip"}
	case 1:
		return []string{"--tun-type", "gre", pick(r, "--tun-csum", "--tun-nocsum")}
	default:
		return []string{"--tun-type", "gue", "--tun-port", r.seldom("0", "1", "6080", "65535"), pick(r, "--tun-csum", "--tun-nocsum", "--tun-remcsum")}
	}
}

// damaged is a line with one thing changed by chance.
func (r *random) damaged(words []string) []string {
	at := r.IntN(len(words))
	before, after := words[:at:at], words[at+1:]
	switch r.IntN(6) {
	case 0: // without a word
		return append(before, after...)
	case 1: // a word twice
		return append(append(before, words[at]), words[at:]...)
	case 2: // another word more
		return append(append(before, r.anyWord()), words[at:]...)
	case 3: // a word that is cut off
		return append(append(before, words[at][:r.IntN(len(words[at]))+1]), after...)
	case 4: // two words run together
		return append(before, words[at]+pick(r, "", "=")+strings.Join(after, " "))
	default: // another value
		return append(append(before, r.anyValue()), after...)
	}
}

func (r *random) anyWord() string {
	s := pick(r, ipvsadm.Spellings()...)
	if s.Own || s.Long == "--help" {
		return "-Q"
	}
	if s.Short != "" && r.once(2) {
		return s.Short
	}
	return s.Long
}

func (r *random) anyValue() string {
	return pick(r, "-1", "0", "1", "x", "+5", "010", "0x10", "1.5", "99999999999", "80", "-", "--", "#", ":80", "192.0.2.1", "[::1]", "192.0.2:80",
		"0xC0000201:80", "192.0.2.1:http", "192.0.2.1:", "2001:db8::1", "[192.0.2.1]:80", "/24", "flag-1", "flag-4", "ipvsadm", "''", "rr", "sip", "gue")
}
