package yamlfile

import (
	"net/netip"

	"github.com/lvsctl/lvsctl/config"
)

// farm is a small model with a field of every kind.
type farm struct {
	Title    config.Text                      `yaml:"title" doc:"what it is"`
	On       config.Flag                      `yaml:"on" doc:"whether it is on"`
	Every    config.Span                      `yaml:"every" doc:"how often" min:"1s" max:"1h"`
	Least    config.Span                      `yaml:"least" doc:"at least a second" min:"1s"`
	Most     config.Span                      `yaml:"most" doc:"at most a minute" max:"1m"`
	Small    config.Value[uint8]              `yaml:"small" keepalived:"tiny|little" doc:"a small number" min:"1" default:"7"`
	Signed   config.Value[int32]              `yaml:"signed" doc:"a number with a sign" min:"-254" max:"254"`
	Wide     config.Value[uint64]             `yaml:"wide" doc:"a wide number"`
	Method   config.Value[config.Protocol]    `yaml:"method" doc:"how" enum:"NAT|DR|TUN"`
	Addr     config.Value[netip.Addr]         `yaml:"addr" doc:"an address"`
	Prefix   config.Value[netip.Prefix]       `yaml:"prefix" doc:"a net"`
	AddrPort config.Value[netip.AddrPort]     `yaml:"addr_port" doc:"an address with its port"`
	Secret   config.Value[config.Secret]      `yaml:"password" doc:"a secret"`
	Words    config.Value[[]string]           `yaml:"words" doc:"words"`
	Names    []config.Text                    `yaml:"names" doc:"names, each with its place"`
	Run      config.Value[config.CommandLine] `yaml:"run" doc:"a command"`
	Status   config.Value[config.StatusSet]   `yaml:"status" doc:"status codes"`
	Inside   barn                             `yaml:"inside" doc:"a block"`
	Pointer  *barn                            `yaml:"pointer" doc:"a block that may be missing"`
	Cows     []cow                            `yaml:"cows" doc:"blocks"`
	Inline   meadow                           `yaml:",inline"`
	More     *hedge                           `yaml:",inline"`
	Hidden   string                           `yaml:"-"`
	Where    config.Position                  `yaml:"-"`
}

type barn struct {
	Width config.Value[uint16] `yaml:"width" doc:"how wide"`
	Deep  *barnDoor            `yaml:"door" doc:"the door"`
	Where config.Position      `yaml:"-"`
}

type barnDoor struct {
	Open config.Flag `yaml:"open" doc:"whether it is open"`
}

type cow struct {
	Name   config.Text                 `yaml:"name,short" doc:"her name"`
	Weight config.Value[uint32]        `yaml:"weight" doc:"how heavy" max:"1000"`
	Key    config.Value[config.Secret] `yaml:"key" doc:"a secret"`
	Where  config.Position             `yaml:"-"`
}

type meadow struct {
	Grass config.Span `yaml:"grass" doc:"grows so long"`
}

type hedge struct {
	Height config.Value[int] `yaml:"height" doc:"how high"`
}
