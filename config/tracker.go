package config

import "net/netip"

// Script is a command that runs for ever and again (vrrp_script).
type Script struct {
	Name     Text               `yaml:"name" keepalived:"vrrp_script" doc:"name, once in the configuration"`
	Run      Value[CommandLine] `yaml:"run" keepalived:"script" doc:"program and arguments; exit status 0 is success"`
	User     Text               `yaml:"user" keepalived:"user" doc:"who runs it" default:"global.script_settings.user"`
	Group    Text               `yaml:"group" doc:"group that runs it" default:"that of the user"`
	Interval Span               `yaml:"interval" keepalived:"interval" doc:"time between runs" default:"1s"`
	Timeout  Span               `yaml:"timeout" keepalived:"timeout" doc:"killed after so long; counts as failure" default:"interval"`
	Weight   Value[int32]       `yaml:"weight" keepalived:"weight" doc:"0: its failure fails the router; positive: added on success; negative: added on failure" min:"-253" max:"253" default:"0"`
	Reverse  Flag               `yaml:"reverse" doc:"success counts as failure"`
	Rise     Value[uint32]      `yaml:"rise" keepalived:"rise" doc:"successes in a row before it counts as good" min:"1" default:"1"`
	Fall     Value[uint32]      `yaml:"fall" keepalived:"fall" doc:"failures in a row before it counts as bad" min:"1" default:"1"`
	InitFail Flag               `yaml:"init_fail" keepalived:"init_fail" doc:"counts as bad until it succeeds"`
	Where    Position           `yaml:"-"`
}

// TrackFile is a file with a number (track_file, vrrp_track_file).
type TrackFile struct {
	Name      Text         `yaml:"name" keepalived:"track_file" doc:"name, once in the configuration"`
	File      Text         `yaml:"file" keepalived:"file" doc:"path"`
	Weight    Value[int32] `yaml:"weight" keepalived:"weight" doc:"the number is multiplied with it" min:"-254" max:"254" default:"1"`
	Reverse   Flag         `yaml:"reverse" doc:"the other sign"`
	Initial   Value[int32] `yaml:"initial" keepalived:"init_file" doc:"create the file with this number"`
	Overwrite Flag         `yaml:"overwrite" doc:"also if it exists"`
	Where     Position     `yaml:"-"`
}

// TrackProcess is a process that should run (vrrp_track_process).
type TrackProcess struct {
	Name           Text               `yaml:"name" keepalived:"vrrp_track_process" doc:"name, once in the configuration"`
	Process        Value[CommandLine] `yaml:"process" keepalived:"process" doc:"command, with arguments if they must match"`
	ParamMatch     Text               `yaml:"param_match" keepalived:"param_match" doc:"how arguments match" enum:"exact|partial|initial" default:"exact"`
	Weight         Value[int32]       `yaml:"weight" keepalived:"weight" doc:"as of scripts" min:"-254" max:"254" default:"0"`
	Reverse        Flag               `yaml:"reverse" doc:"running counts as failure"`
	Quorum         Value[uint32]      `yaml:"quorum" keepalived:"quorum" doc:"fewest processes" min:"1" max:"65535" default:"1"`
	QuorumMax      Value[uint32]      `yaml:"quorum_max" keepalived:"quorum_max" doc:"most processes" max:"65535"`
	ForkDelay      Span               `yaml:"fork_delay" keepalived:"fork_delay|delay" doc:"wait after a process came" max:"1h"`
	TerminateDelay Span               `yaml:"terminate_delay" keepalived:"terminate_delay|delay" doc:"wait after a process went" max:"1h"`
	FullCommand    Flag               `yaml:"full_command" keepalived:"full_command" doc:"match the whole command line"`
	Where          Position           `yaml:"-"`
}

// BFD is a session with a neighbour (bfd_instance, RFC 5880).
type BFD struct {
	Name       Text              `yaml:"name" keepalived:"bfd_instance" doc:"name, at most 31 characters"`
	Neighbor   Value[netip.Addr] `yaml:"neighbor" keepalived:"neighbor_ip" doc:"the peer"`
	Source     Value[netip.Addr] `yaml:"source" keepalived:"source_ip" doc:"own address"`
	MinRx      Span              `yaml:"min_rx" keepalived:"min_rx" doc:"fastest pace to receive" min:"1ms" default:"10ms"`
	MinTx      Span              `yaml:"min_tx" keepalived:"min_tx" doc:"pace to send" min:"1ms" default:"10ms"`
	IdleTx     Span              `yaml:"idle_tx" keepalived:"idle_tx" doc:"pace while down" min:"1s" default:"1s"`
	Multiplier Value[uint8]      `yaml:"multiplier" keepalived:"multiplier" doc:"missed packets before it is down" min:"1" default:"5"`
	Passive    Flag              `yaml:"passive" keepalived:"passive" doc:"wait for the peer"`
	TTL        Value[uint8]      `yaml:"ttl" keepalived:"ttl|hoplimit" doc:"time to live" min:"1" default:"255; 64 for IPv6"`
	MaxHops    Value[int16]      `yaml:"max_hops" keepalived:"max_hops" doc:"hops allowed; 255: any" min:"-1" max:"255" default:"0"`
	Multihop   Flag              `yaml:"multihop" keepalived:"multihop" doc:"RFC 5883"`
	Weight     Value[int32]      `yaml:"weight" keepalived:"weight" doc:"as of scripts" min:"-253" max:"253" default:"0"`
	Reverse    Flag              `yaml:"reverse" doc:"up counts as failure"`
	VRRP       Flag              `yaml:"vrrp" keepalived:"vrrp" doc:"only routers follow it"`
	Checker    Flag              `yaml:"checker" keepalived:"checker" doc:"only real servers follow it"`
	Where      Position          `yaml:"-"`
}
