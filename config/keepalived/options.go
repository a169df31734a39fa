package keepalived

import (
	"io/fs"
	"os"
	"strings"
)

// Options are how a configuration is to be read.
type Options struct {
	// ConfigID is what lines that begin with @ are compared with, and the value of
	// ${_INSTANCE}: keepalived's option -i. If it is empty it is the host name up
	// to the first dot.
	ConfigID string
	// Compat keeps to keepalived where it fails open.
	Compat bool
	// Machine is what is read from; nil is the machine that lvsctl runs on.
	Machine Machine
}

// Machine is what reading a configuration needs of the machine.
type Machine interface {
	Open(path string) (fs.File, error)
	ReadDir(path string) ([]fs.DirEntry, error)
	Stat(path string) (fs.FileInfo, error)
	LookupEnv(name string) (string, bool)
	Hostname() (string, error)
	Getwd() (string, error)
}

// thisMachine is the machine that lvsctl runs on.
type thisMachine struct{}

func (thisMachine) Open(path string) (fs.File, error)          { return os.Open(path) }
func (thisMachine) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
func (thisMachine) Stat(path string) (fs.FileInfo, error)      { return os.Stat(path) }
func (thisMachine) LookupEnv(name string) (string, bool)       { return os.LookupEnv(name) }
func (thisMachine) Hostname() (string, error)                  { return os.Hostname() }
func (thisMachine) Getwd() (string, error)                     { return os.Getwd() }

func (o Options) machine() Machine {
	if o.Machine != nil {
		return o.Machine
	}
	return thisMachine{}
}

// configID is what conditions are compared with, "" if nobody knows.
func (o Options) configID() string {
	if o.ConfigID != "" {
		return o.ConfigID
	}
	name, err := o.machine().Hostname()
	if err != nil {
		return ""
	}
	name, _, _ = strings.Cut(name, ".")
	return name
}
