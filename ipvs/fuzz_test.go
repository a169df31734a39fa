package ipvs_test

import (
	"bytes"
	"encoding/binary"
	"errors"
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
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _, _ = c.Table() }))
	f.Add(capture(f, kernel, func(c *ipvs.Client) { _, _ = c.Info() }))
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
		_, _ = client.Info()
		_ = client.Apply(addService(1), addService(2))
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
