package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// maxPassword is the length of the authentication data of VRRPv2 in bytes (RFC 2338 section 5.3.10).
const maxPassword = 8

// authenticationTable is authentication in vrrp_instance.
var authenticationTable = sync.OnceValue(func() table[config.Authentication] {
	return newTable("authentication", []row[config.Authentication]{
		{names: "auth_type", args: 1, read: readAuthType, write: writeAuthType},
		{names: "auth_pass", args: 1, read: readAuthPass, write: writeAuthPass},
	})
})

// secretRow is a block whose values must not be shown.
func secretRow[U any](name string, inner func() table[U], field func(*config.VirtualRouter) **U, where func(*U) *config.Position) row[config.VirtualRouter] {
	return row[config.VirtualRouter]{
		names: name, block: true, more: true,
		read: func(r *reader, s *statement, v *config.VirtualRouter) {
			r.secret = true
			defer func() { r.secret = false }()
			if *field(v) == nil {
				*field(v) = new(U)
				*where(*field(v)) = s.at()
			}
			readBlock(r, inner(), s.block, *field(v))
		},
		write: func(v *config.VirtualRouter) []Line {
			u := *field(v)
			if u == nil {
				return nil
			}
			return []Line{{Words: []string{name}, Where: *where(u), HasBlock: true, Block: writeBlock(inner(), u)}}
		},
	}
}

func authenticationRow() row[config.VirtualRouter] {
	return secretRow("authentication", authenticationTable,
		func(v *config.VirtualRouter) **config.Authentication { return &v.Authentication },
		func(a *config.Authentication) *config.Position { return &a.Where })
}

func readAuthType(r *reader, s *statement, a *config.Authentication) {
	switch w := s.words[1]; w.text {
	case string(config.AuthPass), string(config.AuthAH):
		a.Type = written(config.AuthenticationType(w.text), s)
	default:
		r.warn(s.at(), "the types are PASS and AH; without one there is no authentication", "unknown auth_type: %s", asKeepalived)
	}
}

// readAuthPass says nothing about the password itself: diagnostics go to logs.
func readAuthPass(r *reader, s *statement, a *config.Authentication) {
	a.Password = written(config.Secret(s.words[1].text), s)
	if n := len(a.Password.V); n > maxPassword {
		r.warn(s.at(), "cut it on all routers", "auth_pass has %d bytes: only the first %d count, as in keepalived", n, maxPassword)
		a.Password.Adjust(a.Password.V[:maxPassword])
	}
}

func writeAuthType(a *config.Authentication) []Line {
	return valueLine("auth_type", a.Type, func(t config.AuthenticationType) string { return string(t) })
}

func writeAuthPass(a *config.Authentication) []Line {
	return valueLine("auth_pass", a.Password, func(p config.Secret) string { return quoteText(string(p)) })
}

// hmacTable is auth_hmac in vrrp_instance (keepalived 2.4).
var hmacTable = sync.OnceValue(func() table[config.HMAC] {
	return newTable("auth_hmac", []row[config.HMAC]{
		{names: "key", args: 2, read: readHMACKey, write: writeHMACKeys},
		numberRow("active_key", 1, 255, exact, asKeepalived, func(h *config.HMAC) *config.Value[uint8] { return &h.ActiveKey }),
		boolRow("anti_replay", func(h *config.HMAC) *config.Flag { return &h.AntiReplay }),
		secondsRow("time_window", 1, 300, func(h *config.HMAC) *config.Span { return &h.TimeWindow }),
		{names: "mode", args: 1, read: readHMACMode, write: func(h *config.HMAC) []Line { return valueLine("mode", h.Mode, quoteText) }},
	})
})

func hmacRow() row[config.VirtualRouter] {
	return secretRow("auth_hmac", hmacTable,
		func(v *config.VirtualRouter) **config.HMAC { return &v.HMAC },
		func(h *config.HMAC) *config.Position { return &h.Where })
}

func readHMACKey(r *reader, s *statement, h *config.HMAC) {
	n, ok := r.hiddenNumber(s, s.words[1], 1, 255)
	if !ok {
		return
	}
	h.Keys = append(h.Keys, config.HMACKey{
		ID:    config.Write(uint8(n), s.words[1].at),
		Key:   config.Write(config.Secret(s.words[2].text), s.words[2].at),
		Where: s.at(),
	})
}

// hiddenNumber reads a number where a secret may stand by mistake.
func (r *reader) hiddenNumber(s *statement, w word, low, high uint64) (uint64, bool) {
	quiet := reader{source: newSource("", "", Options{})}
	n, ok := quiet.number(w, low, high, exact, "")
	if !ok {
		r.warn(s.at(), "", "%s needs a number from %d to %d: %s", quote(s.keyword()), low, high, asKeepalived)
	}
	return n, ok
}

func writeHMACKeys(h *config.HMAC) (lines []Line) {
	for _, k := range h.Keys {
		lines = append(lines, Line{Words: []string{"key", number8(k.ID.V), quoteText(string(k.Key.V))}, Where: k.Where})
	}
	return lines
}

func readHMACMode(r *reader, s *statement, h *config.HMAC) {
	switch w := s.words[1]; w.text {
	case "enforce", "permissive", "receive-only":
		h.Mode = written(w.text, s)
	default:
		r.warn(s.at(), "the modes are enforce, permissive and receive-only", "unknown mode: %s", asKeepalived)
	}
}
