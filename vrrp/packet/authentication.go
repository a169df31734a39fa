package packet

import (
	"crypto/subtle"
	"fmt"
)

// AuthType is the authentication type of VRRPv2. RFC 3768 reserves all but the
// first; the others are those of RFC 2338 section 5.3.6.
type AuthType uint8

// Authentication types, as keepalived's auth_type calls them: none, PASS and AH.
const (
	NoAuthentication     AuthType = 0
	SimplePassword       AuthType = 1
	HeaderAuthentication AuthType = 2
)

// authDataLen is the length of a password, and of the authentication data of VRRPv2.
const authDataLen = 8

// Authentication is the authentication type and data of VRRPv2: the password, or
// the key of the authentication header. It never prints its data.
type Authentication struct {
	Type AuthType
	Data [authDataLen]byte
}

// PasswordAuthentication is authentication with a simple password, of which the
// first eight bytes count.
func PasswordAuthentication(password string) Authentication {
	a := Authentication{Type: SimplePassword}
	copy(a.Data[:], password)
	return a
}

// KeyAuthentication is authentication with an IPsec authentication header, as
// keepalived does it; the first eight bytes of the key count.
func KeyAuthentication(key string) Authentication {
	a := Authentication{Type: HeaderAuthentication}
	copy(a.Data[:], key)
	return a
}

// String names the type.
func (a Authentication) String() string { return fmt.Sprintf("authentication type %d", a.Type) }

// GoString hides the data from %#v.
func (a Authentication) GoString() string { return a.String() }

// MarshalText hides the data from encoders.
func (a Authentication) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// onWire is what a message shows of it: a key stays at home.
func (a Authentication) onWire() Authentication {
	if a.Type == HeaderAuthentication {
		a.Data = [authDataLen]byte{}
	}
	return a
}

// admits compares a password in constant time. The data of the other types is
// ignored (RFC 3768 section 5.3.10).
func (a Authentication) admits(got Authentication) bool {
	return a.Type != SimplePassword || subtle.ConstantTimeCompare(a.Data[:], got.Data[:]) == 1
}
