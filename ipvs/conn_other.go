//go:build !linux

package ipvs

func dial() (Conn, error) { return nil, ErrNoModule }
