//go:build !linux

package system

import "errors"

// Apply is there on Linux only.
func (s Scheduling) Apply() error { return errors.ErrUnsupported }

// OnOrdinaryThread runs f.
func OnOrdinaryThread(f func() error) error { return f() }
