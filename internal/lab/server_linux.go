package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// Server is a TCP server that tells its name to everybody who connects.
type Server struct {
	name     string
	listener net.Listener
	done     sync.WaitGroup
}

// Serve starts a server on a host. It accepts on every address of the host, as
// a direct-routing real server must for its VIP.
func (h *Host) Serve(port uint16) (*Server, error) {
	s := &Server{name: h.Name}
	err := h.Do(func() (err error) {
		s.listener, err = net.Listen("tcp4", netip.AddrPortFrom(netip.IPv4Unspecified(), port).String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("serve on %s: %w", h.Name, err)
	}
	s.done.Go(s.accept)
	return s, nil
}

// Stop ends the server: from now on connections are refused.
func (s *Server) Stop() error {
	err := s.listener.Close()
	s.done.Wait()
	return err
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		} else if err != nil {
			continue // the client has gone again
		}
		_, _ = c.Write([]byte(s.name)) // nor is a client that goes now an error
		_ = c.Close()
	}
}
