package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// maxPassword is the length of the authentication data of VRRPv2 in bytes (RFC 2338 section 5.3.10).
const maxPassword = 8

// authentication is the block of that name while it is read.
type authentication struct {
	kind     config.AuthenticationType
	password string
	badType  bool // auth_type is there and wrong, which is reported
}

// authenticationTable is authentication in vrrp_instance.
var authenticationTable = sync.OnceValue(func() table[authentication] {
	return newTable("authentication", []row[authentication]{
		{names: "auth_type", args: 1, read: readAuthType},
		{names: "auth_pass", args: 1, read: readAuthPass},
	})
})

func readAuthentication(r *reader, s *statement, in *instance) {
	r.secret = true
	defer func() { r.secret = false }()
	a := authentication{kind: in.router.Authentication.Type, password: string(in.router.Authentication.Password)}
	readBlock(r, authenticationTable(), s.block, &a)
	switch {
	case a.kind == config.AuthPass && a.password == "":
		r.warn(s.at(), `add "auth_pass"`, "auth_type PASS without auth_pass: no authentication, as in keepalived")
		a = authentication{}
	case a.kind == config.AuthNone && a.password != "" && !a.badType:
		r.warn(s.at(), `add "auth_type PASS"`, "auth_pass without auth_type PASS: no authentication, as in keepalived")
	}
	in.router.Authentication = config.Authentication{Type: a.kind, Password: config.Secret(a.password)}
	if a.kind == config.AuthNone {
		in.router.Authentication = config.Authentication{}
	}
}

func readAuthType(r *reader, s *statement, a *authentication) {
	switch w := s.words[1]; w.text {
	case "PASS":
		a.kind = config.AuthPass
	case "AH":
		a.badType = true
		r.fail(s.at(), notYet, "auth_type AH is not supported yet: routers with it drop advertisements without it")
	default:
		a.badType = true
		r.warn(s.at(), "the types are PASS and AH; without one there is no authentication", "unknown auth_type: ignored, as keepalived does")
	}
}

// readAuthPass says nothing about the password itself: diagnostics go to logs.
func readAuthPass(r *reader, s *statement, a *authentication) {
	a.password = s.words[1].text
	if len(a.password) > maxPassword {
		r.warn(s.at(), "cut it on all routers", "auth_pass has %d bytes: only the first %d count, as in keepalived", len(a.password), maxPassword)
		a.password = a.password[:maxPassword]
	}
}
