package keepalived

import (
	"errors"
	"strconv"

	"github.com/lvsctl/lvsctl/config"
)

func readServiceMethod(r *reader, s *statement, v *config.VirtualServer) {
	before := v.Forwarding
	r.forwarding(s, &v.Forwarding)
	if !before.Method.IsSet() || before == v.Forwarding {
		return
	}
	for i := range v.RealServers {
		if f := &v.RealServers[i].Forwarding; !f.Method.IsSet() {
			*f = before // keepalived gives a real server what stands above it
		}
	}
}

func writeServiceMethod(v *config.VirtualServer) []Line {
	return forwardingLine("lb_kind", &v.Forwarding)
}

// forwarding reads a forwarding method with what describes a tunnel. A method that
// is known counts, also if what follows it is wrong.
func (r *reader) forwarding(s *statement, f *config.Forwarding) {
	w := s.words[1]
	switch m := config.ForwardingMethod(w.text); m {
	case config.NAT, config.DR, config.TUN:
		f.Method = written(m, s)
	default:
		r.warn(w.at, r.suggest(w.text, []string{"NAT", "DR", "TUN"}), "unknown forwarding method %s: ignored, as keepalived does", quote(w.text))
		return
	}
	t := config.Forwarding{Method: f.Method}
	for rest := s.words[2:]; len(rest) > 0; {
		n, ok := r.tunnelOption(rest, &t)
		if !ok {
			return
		}
		rest = rest[n:]
	}
	if err := checkTunnel(&t); err != nil {
		r.warn(w.at, "", "%v: what is said of the tunnel is ignored, as keepalived does", err)
		return
	}
	*f = t
}

// tunnelOption reads one option, and gives the number of its words.
func (r *reader) tunnelOption(ws []word, t *config.Forwarding) (n int, ok bool) {
	const instead = "what is said of the tunnel is ignored, as keepalived does"
	switch name := ws[0].text; name {
	case "nocsum", "csum", "remcsum":
		t.TunnelChecksum = config.Write(name, ws[0].at)
		return 1, true
	case "type", "port":
		if len(ws) < 2 {
			r.warn(ws[0].at, "", "%s has no value: %s", quote(name), instead)
			return 0, false
		}
	default:
		r.warn(ws[0].at, "", "unknown tunnel option %s: %s", quote(name), instead)
		return 0, false
	}
	if ws[0].text == "port" {
		port, ok := r.number(ws[1], 1, 65535, exact, instead)
		t.TunnelPort = config.Write(uint16(port), ws[1].at)
		return 2, ok
	}
	switch ws[1].text {
	case "ipip", "gue", "gre":
		t.TunnelType = config.Write(ws[1].text, ws[1].at)
		return 2, true
	default:
		r.warn(ws[1].at, "the types are ipip, gue and gre", "unknown tunnel type %s: %s", quote(ws[1].text), instead)
		return 0, false
	}
}

// checkTunnel tells what does not go together.
func checkTunnel(t *config.Forwarding) error {
	isGUE, isGRE := t.TunnelType.V == "gue", t.TunnelType.V == "gre"
	switch {
	case isGUE && !t.TunnelPort.IsSet():
		return errors.New("a gue tunnel needs a port")
	case !isGUE && t.TunnelPort.IsSet():
		return errors.New("only a gue tunnel has a port")
	case !isGUE && !isGRE && t.TunnelChecksum.IsSet() && t.TunnelChecksum.V != "nocsum":
		return errors.New("an ipip tunnel has no checksum")
	case isGRE && t.TunnelChecksum.V == "remcsum":
		return errors.New("a gre tunnel has no remote checksum")
	default:
		return nil
	}
}

// forwardingLine writes a method with its tunnel.
func forwardingLine(keyword string, f *config.Forwarding) []Line {
	if !f.Method.IsSet() {
		return nil
	}
	words := []string{keyword, string(f.Method.V)}
	if f.TunnelType.IsSet() {
		words = append(words, "type", f.TunnelType.V)
	}
	if f.TunnelPort.IsSet() {
		words = append(words, "port", strconv.Itoa(int(f.TunnelPort.V)))
	}
	if f.TunnelChecksum.IsSet() {
		words = append(words, f.TunnelChecksum.V)
	}
	return []Line{{Words: words, Where: f.Method.Where}}
}

// sorryRows are the keywords of the server that answers while the quorum is lost.
func sorryRows() []row[config.VirtualServer] {
	return []row[config.VirtualServer]{
		{names: "sorry_server", args: 1, more: true, read: readSorryServer, write: writeSorryServer},
		{names: "sorry_server_inhibit", read: readSorryInhibit, write: func(v *config.VirtualServer) []Line {
			if v.Sorry == nil || !v.Sorry.Inhibit.IsSet() || !v.Sorry.Inhibit.V {
				return nil
			}
			return []Line{{Words: []string{"sorry_server_inhibit"}, Where: v.Sorry.Inhibit.Where}}
		}},
		{names: "sorry_server_lvs_method", more: true, read: readSorryMethod, write: func(v *config.VirtualServer) []Line {
			if v.Sorry == nil {
				return nil
			}
			return forwardingLine("sorry_server_lvs_method", &v.Sorry.Forwarding)
		}},
	}
}

// readSorryServer reads a sorry server. The last line counts, and begins anew.
func readSorryServer(r *reader, s *statement, v *config.VirtualServer) {
	a, ok := r.addrPort(s, "the sorry server is left out, as keepalived does")
	if !ok {
		return
	}
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
	if v.Sorry != nil {
		r.warn(s.at(), "", "second sorry_server: it takes the place of the first in line %d, as in keepalived", v.Sorry.Where.Line)
	}
	v.Sorry = &config.SorryServer{Address: written(a, s), Where: s.at()}
}

func writeSorryServer(v *config.VirtualServer) []Line {
	if v.Sorry == nil {
		return nil
	}
	return []Line{{Words: append([]string{"sorry_server"}, addrPortWords(v.Sorry.Address.V)...), Where: v.Sorry.Where}}
}

func readSorryInhibit(r *reader, s *statement, v *config.VirtualServer) {
	if r.hasSorry(s, v) {
		v.Sorry.Inhibit = config.Write(true, s.at())
	}
}

func readSorryMethod(r *reader, s *statement, v *config.VirtualServer) {
	switch {
	case !r.hasSorry(s, v):
	case len(s.words) < 2:
		r.fail(s.at(), "", "%s needs a value: keepalived does not start with this file", quote(s.keyword()))
	default:
		r.forwarding(s, &v.Sorry.Forwarding)
	}
}

func (r *reader) hasSorry(s *statement, v *config.VirtualServer) bool {
	if v.Sorry == nil {
		r.warn(s.at(), "write it below sorry_server", "%s stands before any sorry_server: ignored, as keepalived does", quote(s.keyword()))
	}
	return v.Sorry != nil
}
