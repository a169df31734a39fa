//go:build lab

package compat

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// ldirectord and its files on the machine.
const (
	ldirectord = "/usr/sbin/ldirectord"
	ldConfig   = "/etc/ha.d/lab.cf"
	ldLog      = "/var/log/ldirectord.log"
	callsFile  = "/var/log/ipvsadm.calls"
)

// watched is the configuration of ldirectord, with two weights to fill in.
const watched = `checktimeout = 30
negotiatetimeout = 30
checkinterval = 1
quiescent = yes
cleanstop = yes
logfile = "/var/log/ldirectord.log"

virtual = 192.0.2.10:80
	real = 10.9.0.11:80 gate %d
	real = 10.9.0.12:80 gate 3
	real = 10.9.0.13:80 ipip 2
	fallback = 127.0.0.1:80 gate
	service = http
	request = "index.html"
	receive = "OK"
	scheduler = wrr
	persistent = 600
	netmask = 255.255.255.0
	protocol = tcp
	checktype = negotiate

virtual = 192.0.2.11:8080
	real = 10.9.0.11:80 masq 1 l:10 u:20
	real = 10.9.0.12:80 masq %d
	fallback = 127.0.0.1:80 masq
	quiescent = no
	scheduler = mh
	schedflags = mh-port,mh-fallback
	protocol = tcp
	checktype = connect

virtual = 1
	real = 10.9.0.12 gate 4
	real = 10.9.0.13 masq 5
	quiescent = no
	scheduler = sh
	persistent = 300
	protocol = fwm
	checktype = connect
	checkport = 80

virtual = 192.0.2.12:53
	real = 10.9.0.11:53 gate
	scheduler = rr
	ops = yes
	protocol = udp
	checktype = on

virtual6 = [2001:db8::10]:80
	real6 = [2001:db8::11]:80 gate 7
	scheduler = wlc
	persistent = 120
	netmask = 64
	protocol = tcp
	checktype = on

virtual6 = 2
	real6 = [2001:db8::11] gate
	scheduler = wlc
	protocol = fwm
	checktype = on
`

// leftover is what is in the table when ldirectord starts: services that are to be
// changed, a server that is not wanted, and a service that is nobody's business.
var leftover = []string{
	"-A -t 192.0.2.10:80 -s rr",
	"-a -t 192.0.2.10:80 -r 10.9.0.11:80 -g -w 1",
	"-a -t 192.0.2.10:80 -r 10.9.0.99:80 -g -w 1",
	"-A -f 1 -s sh -p 300",
	"-a -f 1 -r 10.9.0.12:0 -i -w 4",
	"-A -f 2 -6 -s rr",
	"-A -t 192.0.2.99:80 -s rr",
}

// wholeTable is what ldirectord makes of it.
const wholeTable = `-A -t 192.0.2.10:80 -s wrr -p 600 -M 255.255.255.0
-a -t 192.0.2.10:80 -r 10.9.0.11:80 -g -w 5
-a -t 192.0.2.10:80 -r 10.9.0.12:80 -g -w 3
-a -t 192.0.2.10:80 -r 10.9.0.13:80 -i -w 2 --tun-type ipip
-A -t 192.0.2.11:8080 -s mh -b mh-fallback,mh-port
-a -t 192.0.2.11:8080 -r 10.9.0.11:80 -m -w 1
-a -t 192.0.2.11:8080 -r 10.9.0.12:80 -m -w 4
-A -t 192.0.2.99:80 -s rr
-A -u 192.0.2.12:53 -s rr -o
-a -u 192.0.2.12:53 -r 10.9.0.11:53 -g -w 1
-A -t [2001:db8::10]:80 -s wlc -p 120 -M 64
-a -t [2001:db8::10]:80 -r [2001:db8::11]:80 -g -w 7
-A -f 1 -s sh -p 300
-a -f 1 -r 10.9.0.12:0 -g -w 4
-a -f 1 -r 10.9.0.13:0 -m -w 5
-A -f 2 -6 -s wlc
-a -f 2 -6 -r [2001:db8::11]:0 -g -w 1
`

// changed gives wholeTable with lines replaced; a line that becomes empty goes.
func changed(oldNew ...string) string {
	for i := range oldNew {
		if oldNew[i] != "" {
			oldNew[i] += "\n"
		}
	}
	return strings.NewReplacer(oldNew...).Replace(wholeTable)
}

// watchedServer is a real server with a web page.
type watchedServer struct {
	*lab.Host
	web *http.Server
}

func (s *watchedServer) start(t *testing.T) {
	t.Helper()
	var l net.Listener
	err := s.Do(func() (err error) { l, err = net.Listen("tcp4", ":80"); return err })
	if err != nil {
		t.Fatal(err)
	}
	s.web = &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") }),
	}
	go func() { _ = s.web.Serve(l) }() // until stop
}

func (s *watchedServer) stop(t *testing.T) {
	t.Helper()
	if err := s.web.Close(); err != nil {
		t.Error(err)
	}
}

// director is a machine with ldirectord, and its real servers.
type director struct {
	*machine
	servers [3]*watchedServer // 10.9.0.11 to 13
}

// newDirector builds it all. A list is kept of every call of ipvsadm.
func newDirector(t *testing.T, withLvsctl bool) *director {
	t.Helper()
	network, err := lab.NewNetwork()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Close() })
	host := func(name, address string) *lab.Host {
		h, err := network.AddHost(name, netip.MustParsePrefix(address))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	d := &director{machine: newMachine(t, host("director", "10.9.0.1/24").Namespace)}
	for i := range d.servers {
		d.servers[i] = &watchedServer{Host: host(fmt.Sprintf("s%d", i+1), fmt.Sprintf("10.9.0.%d/24", 11+i))}
		d.servers[i].start(t)
		t.Cleanup(func() { _ = d.servers[i].web.Close() })
	}
	d.must(t, "/bin/sh", "-c", "mkdir /opt/kept && mv /sbin/ipvsadm /opt/kept/")
	if withLvsctl {
		d.must(t, "/bin/ln", "-sf", lvsctl, "/opt/kept/ipvsadm")
	}
	d.write(t, "/usr/sbin/ipvsadm", "#!/bin/sh\n/opt/kept/ipvsadm \"$@\"\nstatus=$?\necho \"$status $*\" >>"+callsFile+"\nexit $status\n")
	d.write(t, callsFile, "")
	d.configure(t, 5, 4)
	return d
}

func (d *director) configure(t *testing.T, first, second int) {
	t.Helper()
	d.write(t, ldConfig, fmt.Sprintf(watched, first, second))
}

func (d *director) command(t *testing.T, word string) {
	t.Helper()
	d.must(t, ldirectord, ldConfig, word)
}

// moment is something that happens, and the rules of the table that come of it.
type moment struct {
	name string
	do   func(*testing.T, *director)
	want string
}

// story is what happens to the director.
var story = []moment{
	{"it starts, and finds a table", func(t *testing.T, d *director) { d.command(t, "start") }, wholeTable},
	{"a real server fails", func(t *testing.T, d *director) { d.servers[1].stop(t) }, changed(
		"-a -t 192.0.2.10:80 -r 10.9.0.12:80 -g -w 3", "-a -t 192.0.2.10:80 -r 10.9.0.12:80 -g -w 0",
		"-a -t 192.0.2.11:8080 -r 10.9.0.12:80 -m -w 4", "",
		"-a -f 1 -r 10.9.0.12:0 -g -w 4", "")},
	{"all fail", func(t *testing.T, d *director) { d.servers[0].stop(t); d.servers[2].stop(t) }, changed(
		"-a -t 192.0.2.10:80 -r 10.9.0.11:80 -g -w 5", "-a -t 192.0.2.10:80 -r 10.9.0.11:80 -g -w 0",
		"-a -t 192.0.2.10:80 -r 10.9.0.12:80 -g -w 3", "-a -t 192.0.2.10:80 -r 10.9.0.12:80 -g -w 0",
		"-a -t 192.0.2.10:80 -r 10.9.0.13:80 -i -w 2 --tun-type ipip", "-a -t 192.0.2.10:80 -r 10.9.0.13:80 -i -w 0 --tun-type ipip\n-a -t 192.0.2.10:80 -r 127.0.0.1:80 -g -w 1",
		"-a -t 192.0.2.11:8080 -r 10.9.0.11:80 -m -w 1", "-a -t 192.0.2.11:8080 -r 127.0.0.1:80 -m -w 1",
		"-a -t 192.0.2.11:8080 -r 10.9.0.12:80 -m -w 4", "",
		"-a -f 1 -r 10.9.0.12:0 -g -w 4", "", "-a -f 1 -r 10.9.0.13:0 -m -w 5", "")},
	{"all come back", func(t *testing.T, d *director) {
		for _, s := range d.servers {
			s.start(t)
		}
	}, wholeTable},
	{"weights change", func(t *testing.T, d *director) { d.configure(t, 50, 40); d.command(t, "reload") }, changed(
		"-a -t 192.0.2.10:80 -r 10.9.0.11:80 -g -w 5", "-a -t 192.0.2.10:80 -r 10.9.0.11:80 -g -w 50",
		"-a -t 192.0.2.11:8080 -r 10.9.0.12:80 -m -w 4", "-a -t 192.0.2.11:8080 -r 10.9.0.12:80 -m -w 40")},
	{"it restarts", func(t *testing.T, d *director) { d.configure(t, 5, 4); d.command(t, "restart") }, wholeTable},
	{"it stops", func(t *testing.T, d *director) { d.command(t, "stop") }, "-A -t 192.0.2.99:80 -s rr\n"},
}

// untilTable waits until the table has these rules.
func (d *director) untilTable(t *testing.T, when, want string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if got = d.look(t, "-Sn"); got == want {
			return
		}
	}
	t.Fatalf("%s: - wanted, + still in the table\n%s", when, cmp.Diff(want, got))
}

// runStory gives the listings of every moment, and the calls of ipvsadm with their
// exit statuses, each once.
func runStory(t *testing.T, withLvsctl bool) (listings, calls []string) {
	t.Helper()
	d := newDirector(t, withLvsctl)
	for _, rule := range leftover {
		d.must(t, "/opt/kept/ipvsadm", strings.Fields(rule)...)
	}
	t.Cleanup(func() {
		if t.Failed() {
			b, err := os.ReadFile(d.path(ldLog))
			t.Logf("ldirectord says (%v)\n%s", err, b)
		}
		d.run(t, ldirectord, ldConfig, "stop")
	})
	for _, m := range story {
		m.do(t, d)
		d.untilTable(t, m.name, m.want)
		listings = append(listings, m.name+"\n"+d.look(t, "-Ln")+d.look(t, "-Ln", "--thresholds"))
	}
	d.untilStopped(t)
	lines := strings.Split(d.read(t, callsFile), "\n")
	slices.Sort(lines)
	return listings, slices.Compact(lines)
}

func (d *director) untilStopped(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if _, err := os.Stat(d.path("/run/ldirectord.lab.cf.pid")); errors.Is(err, os.ErrNotExist) {
			return
		}
	}
	t.Error("ldirectord does not stop")
}

// ldirectord does not notice whether it has ipvsadm or lvsctl: it comes to the same
// tables by the same calls, which end alike.
func TestLabLdirectord(t *testing.T) {
	var listings, calls [2][]string
	onBoth(t, func(t *testing.T, i int) { listings[i], calls[i] = runStory(t, i == 1) })
	if d := cmp.Diff(listings[0], listings[1]); d != "" {
		t.Errorf("listings: - with ipvsadm, + with lvsctl\n%s", d)
	}
	if d := cmp.Diff(calls[0], calls[1]); d != "" {
		t.Errorf("calls: - with ipvsadm, + with lvsctl\n%s", d)
	}
	t.Logf("%d different calls:\n%s", len(calls[1]), strings.Join(calls[1], "\n"))
}
