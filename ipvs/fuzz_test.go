package ipvs_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// tampered lets a good connection answer the question for the family, and
// then gives one datagram of its own for every request.
type tampered struct {
	ipvs.Conn
	datagram []byte
	seq      []byte
	left     int
}

func (c *tampered) Send(datagram []byte) error {
	c.seq, c.left = datagram[8:12], 1
	if c.datagram == nil {
		return c.Conn.Send(datagram)
	}
	return nil
}

func (c *tampered) Receive() ([]byte, error) {
	if c.datagram == nil {
		return c.Conn.Receive()
	}
	if c.left--; c.left < 0 {
		return nil, errors.New("no more")
	}
	b := bytes.Clone(c.datagram)
	for at := 0; len(b)-at >= 16; {
		copy(b[at+8:], c.seq)
		length := int(binary.NativeEndian.Uint32(b[at:]))
		if length < 16 || length > len(b)-at {
			break
		}
		at += min((length+3)&^3, len(b)-at)
	}
	return b, nil
}

// Whatever comes from the socket, reading ends with a table or an error.
func FuzzAnswers(f *testing.F) {
	kernel := ipvstest.New()
	client := kernel.Client()
	if err := client.Apply(addService(1), on(ipvs.AddDestination, 1, "10.0.0.1:80")); err != nil {
		f.Fatal(err)
	}
	kernel.Load(everyKindOfEntry())
	daemon := ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "eth0", Group: netip.MustParseAddr("ff02::81")}
	if err := client.Apply(ipvs.Op{Kind: ipvs.StartDaemon, Daemon: &daemon}); err != nil {
		f.Fatal(err)
	}
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _, _ = c.Table() }))
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _, _ = c.Info() }))
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _, _ = c.Timeouts() }))
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _, _ = c.Daemons() }))
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _ = c.Apply(addService(1)) }))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		conn := &tampered{Conn: ipvstest.New().Conn()}
		client, err := ipvs.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		conn.datagram = append([]byte{}, datagram...)
		if table, err := client.Table(); err != nil && table != nil {
			t.Errorf("a table beside the error %v", err)
		}
		if s, err := client.Service(addService(1).Service.ServiceKey); err == nil && s.Family != ipvs.IPv4 && s.Family != ipvs.IPv6 && s.FWMark == 0 {
			t.Errorf("a service of no family: %+v", s)
		}
		if info, err := client.Info(); err != nil && info != (ipvs.Info{}) {
			t.Errorf("%v beside the error %v", info, err)
		}
		if timeouts, err := client.Timeouts(); err != nil && timeouts != (ipvs.Timeouts{}) {
			t.Errorf("%v beside the error %v", timeouts, err)
		}
		if daemons, err := client.Daemons(); err != nil && daemons != nil {
			t.Errorf("%v beside the error %v", daemons, err)
		}
		_ = client.Apply(addService(1), addService(2))
	})
}

// everyKindOfEntry has each attribute that a kernel sends.
func everyKindOfEntry() ipvs.Table {
	tunnel := server("10.0.0.2:80", ipvs.Tunnel, 9, 1, 2)
	tunnel.Tunnel = ipvs.TunnelOptions{Type: ipvs.GUE, Port: 6080, Flags: ipvs.TunnelChecksum}
	sip := service(addService(1).Service.ServiceKey, "sh", ipvs.FlagPersistent, 300, 0xffffff00, server("10.0.0.1:80", ipvs.Masquerade, 1, 0, 0), tunnel)
	sip.PE = "sip"
	return ipvs.Table{sip, service(ipvs.FWMarkKey(1, ipvs.IPv6), "rr", 0, 0, 128, server("[2001:db8::1]:0", ipvs.DirectRoute, 1, 0, 0))}
}

// Whatever the text is, there is a table that can be worked with or an error.
func FuzzReadProc(f *testing.F) {
	f.Add(procTable, 100)
	f.Add(procTitle, 250)
	f.Add(procTable+"QUIC  C000020A:0050 wlc\n", 100)
	f.Add(procTitle+"TCP  C000020A:0000 wrr  persistent -1 FFFFFF00\n", 0)
	f.Add(procTitle+"FWM  FFFFFFFF none ops persistent 1 80000000\n", -1)
	f.Fuzz(func(t *testing.T, text string, hz int) {
		table, info, missing, err := ipvs.ReadProc(strings.NewReader(text), hz)
		if err != nil && (table != nil || missing != nil || info != (ipvs.Info{})) {
			t.Errorf("%v, %v, %v beside the error %v", table, info, missing, err)
		}
		for _, s := range table {
			if s.Family != ipvs.IPv4 && s.Family != ipvs.IPv6 || s.Scheduler == "" || s.Persistence < 0 {
				t.Errorf("not a service: %+v", s)
			}
			if (s.FWMark != 0) == s.Address.IsValid() {
				t.Errorf("both an address and a mark, or none: %+v", s)
			}
			for _, d := range s.Destinations {
				if !d.Address.IsValid() {
					t.Errorf("%s has a server without address", s.ServiceKey)
				}
			}
		}
	})
}

// capture gives all that a good kernel says, in one datagram.
func capture(f *testing.F, kernel *ipvstest.Kernel, read func(*ipvs.Client)) []byte {
	spy := &spy{Conn: kernel.Conn()}
	client, err := ipvs.New(spy)
	if err != nil {
		f.Fatal(err)
	}
	spy.heard = nil
	read(client)
	return spy.heard
}

type spy struct {
	ipvs.Conn
	heard []byte
}

func (s *spy) Receive() ([]byte, error) {
	b, err := s.Conn.Receive()
	s.heard = append(s.heard, b...)
	return b, err
}
