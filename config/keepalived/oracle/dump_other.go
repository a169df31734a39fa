//go:build !linux

package oracle

import (
	"context"
	"errors"
)

// Missing tells why keepalived cannot be asked here.
func Missing() string { return "keepalived runs on Linux" }

// Dump runs keepalived, on Linux.
func Dump(context.Context, string, []string) (map[string]Result, error) {
	return nil, errors.ErrUnsupported
}
