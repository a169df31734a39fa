package ipvstest

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/mdlayher/netlink"

	"github.com/lvsctl/lvsctl/ipvs"
)

// recording is what a kernel said once: the data of each message, without headers.
type recording struct {
	singles      map[uint8][]byte // answers of one message, by its command
	daemons      [][]byte
	services     [][]byte
	destinations map[ipvs.ServiceKey][][]byte
}

// Replay is a connection to a kernel whose answers were recorded: one JSON object
// a line with the name of the request, the request and the list of the answers,
// as hexadecimal text of whole netlink messages. It cannot be written to. The
// files of /proc/net (ip_vs, ip_vs_conn) are given by name.
func Replay(r io.Reader, proc map[string]string) (ipvs.Conn, error) {
	rec := recording{singles: map[uint8][]byte{}, destinations: map[ipvs.ServiceKey][][]byte{}}
	lines := json.NewDecoder(r)
	for {
		var line struct {
			Name    string
			Req     string
			Replies []string
		}
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return &conn{answer: rec.answer, proc: proc}, nil
		}
		if err == nil {
			err = rec.add(line.Name, line.Req, line.Replies)
		}
		if err != nil {
			return nil, fmt.Errorf("read recording: %w", err)
		}
	}
}

// add takes in one request and its answers. Other requests than those that a
// Client makes are passed over.
func (rec *recording) add(name, req string, replies []string) error {
	var data [][]byte
	for _, r := range replies {
		m, err := hex.DecodeString(r)
		if err != nil {
			return err
		}
		if len(m) > 20 && binary.NativeEndian.Uint16(m[4:]) >= controller {
			data = append(data, m[16:])
		}
	}
	switch name {
	case "GET_INFO", "GET_TIMEOUT":
		if len(data) != 1 {
			return fmt.Errorf("%s has no answer", name)
		}
		rec.singles[data[0][0]] = data[0]
	case "GET_DAEMON":
		rec.daemons = data
	case "GET_SERVICE":
		rec.services = data
	case "GET_DEST":
		m, err := hex.DecodeString(req)
		if err != nil || len(m) < 20 {
			return errors.New("GET_DEST has no request")
		}
		s, errno := parseService(attribute(m[20:], 1), false)
		if errno != 0 {
			return errno
		}
		rec.destinations[s.ServiceKey] = data
	}
	return nil
}

func (rec *recording) answer(r request) [][]byte {
	switch {
	case r.kind == controller:
		return r.familyNumber()
	case r.command == getInfo:
		return [][]byte{r.message(family, 0, rec.singles[infoReply])}
	case r.command == getConfig:
		return [][]byte{r.message(family, 0, rec.singles[setConfig])}
	case r.command == getDaemon:
		return r.play(rec.daemons)
	case r.command == getService && r.dump():
		return r.play(rec.services)
	case r.command == getService:
		return rec.service(r)
	case r.command == getDest:
		s, _ := parseService(attribute(r.attributes, 1), false)
		return r.play(rec.destinations[s.ServiceKey])
	default:
		return r.verdict(syscall.EOPNOTSUPP)
	}
}

// service finds one service among those recorded.
func (rec *recording) service(r request) [][]byte {
	want, _ := parseService(attribute(r.attributes, 1), false)
	for _, data := range rec.services {
		if s, _ := parseService(attribute(data[4:], 1), false); s.ServiceKey == want.ServiceKey {
			return [][]byte{r.message(family, 0, data)}
		}
	}
	return r.verdict(syscall.ESRCH)
}

// play gives each message in a datagram of its own, and the end of the list.
func (r request) play(messages [][]byte) (datagrams [][]byte) {
	for _, data := range messages {
		datagrams = append(datagrams, r.message(family, netlink.Multi, data))
	}
	return append(datagrams, r.message(uint16(netlink.Done), netlink.Multi, make([]byte, 4)))
}
