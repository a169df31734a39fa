package oracle

import (
	"regexp"
	"strings"
)

// Kind names a kind of block in what keepalived prints.
type Kind string

// Kinds of block.
const (
	Global         Kind = "global"
	Static         Kind = "static" // addresses, routes and rules that stay
	TrackGroup     Kind = "track group"
	Instance       Kind = "instance"
	SyncGroup      Kind = "sync group"
	Script         Kind = "script"
	TrackFile      Kind = "track file"
	TrackProcess   Kind = "track process"
	TrackBFD       Kind = "track BFD" // a BFD session as VRRP or checkers see it
	BFDInstance    Kind = "BFD instance"
	GARPDelay      Kind = "GARP delay"
	SSL            Kind = "SSL"
	LVS            Kind = "LVS"
	ServerGroup    Kind = "server group"
	VirtualServer  Kind = "virtual server"
	RealServer     Kind = "real server" // belongs to the virtual server before it
	HealthCheck    Kind = "check"
	hostInterfaces Kind = "interfaces" // left out: of the host, not of the file
)

// Block is one named thing with its settings.
type Block struct {
	Kind    Kind
	Name    string
	Entries []Entry
}

// Entry is one setting. A list is several entries with the same key. What
// keepalived prints as a sentence is the key of an entry without value.
type Entry struct{ Key, Value string }

// String gives "kind name".
func (b Block) String() string { return strings.TrimSpace(string(b.Kind) + " " + b.Name) }

// String gives "key = value".
func (e Entry) String() string {
	if e.Value == "" {
		return e.Key
	}
	return e.Key + " = " + e.Value
}

// All gives the values of a key, in their order.
func (b Block) All(key string) (out []string) {
	for _, e := range b.Entries {
		if e.Key == key {
			out = append(out, e.Value)
		}
	}
	return out
}

// sections are the headings at the left edge, and what they are made of. A kind
// of its own has no blocks inside.
var sections = map[string]Kind{
	"Global definitions":    Global,
	"Static Addresses":      Static,
	"Static Routes":         Static,
	"Static Rules":          Static,
	"SSL definitions":       SSL,
	"LVS Topology":          LVS,
	"Static Track groups":   "",
	"VRRP Topology":         "",
	"VRRP Sync groups":      "",
	"VRRP Scripts":          "",
	"VRRP Track files":      "",
	"VRRP Track processes":  "",
	"VRRP Track BFDs":       "",
	"Gratuitous ARP delays": GARPDelay,
	"Health checkers":       "",
	"Checker track files":   "",
	"Checker track BFDs":    "",
	"BFD Topology":          "",
	"Interfaces":            hostInterfaces,
}

// listOf are the keys of static sections, whose lines have none.
var listOf = map[string]string{"Static Addresses": "address", "Static Routes": "route", "Static Rules": "rule"}

// heads are the keys that begin a block and hold its name.
var heads = map[string]Kind{
	"VRRP Instance": Instance, "VRRP Sync Group": SyncGroup, "VRRP Script": Script, "Track file": TrackFile,
	"VRRP Track process": TrackProcess, "VRRP Track BFD": TrackBFD, "Checker Track BFD": TrackBFD, "BFD Instance": BFDInstance,
	"Static Track Group": TrackGroup, "Virtual Server Group": ServerGroup,
	"VS VIP": VirtualServer, "VS GROUP": VirtualServer, "VS FWMARK": VirtualServer, "RIP": RealServer,
}

var (
	heading   = regexp.MustCompile(`^ *------< (.*) >------$`)
	stamped   = regexp.MustCompile(`^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: ?`)
	counted   = regexp.MustCompile(` \(\d+\)$`)
	isOnOff   = regexp.MustCompile(`^(.+) is (ON|OFF|up|down)$`)
	isEnabled = regexp.MustCompile(`^(.+) (enabled|disabled|set|unset)$`)
	isFor     = regexp.MustCompile(`^(Multicast address|LVS mcast group|Default script uid:gid|Alive|Num member fault|libnftnl version|Regex options):? ?(.+)$`)
	several   = regexp.MustCompile(`^(quorum) = (\d+), (hysteresis) = (\d+)$`)
	link      = regexp.MustCompile(`^(Use VMAC|Use IPVLAN), i/f (?:name )?([^ ,]+), is_up = (?:true|false)(.*)$`)
)

// Parse reads what keepalived printed, with the times before the lines or without,
// into blocks in their order. Lines of the log between are left out.
func Parse(dump string) []Block {
	var p parser
	for line := range strings.Lines(dump) {
		line = stamped.ReplaceAllString(strings.TrimRight(line, "\r\n"), "")
		if m := heading.FindStringSubmatch(line); m != nil {
			p.heading(m[1], line[0] == '-')
		} else if strings.HasPrefix(line, " ") && p.section != "" {
			text := strings.TrimLeft(line, " ")
			p.line(text, len(line)-len(text))
		}
	}
	return p.blocks
}

type parser struct {
	blocks  []Block
	section string // heading at the left edge
	list    string // key of the list that is being read
	indent  int    // of the line that began it
	open    bool   // there is a block to add to
	sorry   bool   // what is indented belongs to a sorry server
}

func (p *parser) heading(title string, atLeft bool) {
	p.list = ""
	if !atLeft || strings.HasPrefix(title, "GARP delay group") {
		return // what follows begins a block by itself
	}
	p.section, p.open = title, false
	switch kind := sections[title]; {
	case kind == "", kind == hostInterfaces:
	case kind == Static && len(p.blocks) > 0 && p.blocks[len(p.blocks)-1].Kind == Static:
		p.open = true
	default:
		p.begin(kind, "")
	}
}

func (p *parser) begin(kind Kind, name string) {
	p.blocks, p.open, p.list = append(p.blocks, Block{Kind: kind, Name: name}), true, ""
}

func (p *parser) add(key, value string) {
	if p.open {
		b := &p.blocks[len(p.blocks)-1]
		b.Entries = append(b.Entries, Entry{key, value})
	}
}

func (p *parser) line(text string, indent int) {
	if p.section == "Interfaces" {
		return
	}
	if key := listOf[p.section]; key != "" {
		p.item(key, text, indent-5)
		return
	}
	if p.list != "" && indent > p.indent {
		p.item(p.list, text, indent-p.indent-2)
		return
	}
	p.list = ""
	key, value := split(text)
	kind, isHead := heads[key]
	switch {
	case isHead && (kind == RealServer || indent == 1):
		p.head(kind, value)
	case p.section == "Health checkers" && indent == 1:
		p.begin(HealthCheck, text)
	case strings.HasSuffix(text, ":") || lists[text]:
		p.list, p.indent = counted.ReplaceAllString(strings.TrimSpace(strings.TrimSuffix(text, ":")), ""), indent
	case several.MatchString(text):
		m := several.FindStringSubmatch(text)
		p.add(m[1], m[2])
		p.add(m[3], m[4])
	case p.sorry && indent == 5:
		p.add("sorry server "+key, value)
	default:
		p.sorry = strings.HasPrefix(key, "sorry server")
		p.add(key, value)
	}
}

// lists are headings of lists without a colon.
var lists = map[string]bool{"Interfaces": true, "HTTP Status Code(s)": true, "Tracked Files": true, "Tracked BFDs": true}

// item adds to a list. A long route goes on in the next line, one blank further
// in, wherever the line is full.
func (p *parser) item(key, text string, further int) {
	if b := &p.blocks[len(p.blocks)-1]; p.open && further > 0 && len(b.Entries) > 0 {
		b.Entries[len(b.Entries)-1].Value += strings.Repeat(" ", further-1) + text
		return
	}
	p.add(key, text)
}

// head begins a block. What stands behind its name becomes entries.
func (p *parser) head(kind Kind, value string) {
	switch kind {
	case RealServer: // ADDRESS, RPORT = N, WEIGHT = N EFF WEIGHT = N
		address, rest, _ := strings.Cut(value, ", RPORT = ")
		port, weight, _ := strings.Cut(rest, ", WEIGHT = ")
		weight, effective, _ := strings.Cut(weight, " EFF WEIGHT = ")
		p.begin(kind, address+" "+port)
		p.add("WEIGHT", weight)
		p.add("EFF WEIGHT", effective)
	case SyncGroup: // NAME, STATE
		name, state, _ := strings.Cut(value, ", ")
		p.begin(kind, name)
		p.add("State", state)
	case ServerGroup: // NAME, IPv4 = yes, IPv6 = no
		name, families, _ := strings.Cut(value, ", ")
		p.begin(kind, name)
		for _, family := range strings.Split(families, ", ") {
			p.add(split(family))
		}
	default:
		p.begin(kind, strings.Replace(value, ", VPORT = ", " ", 1))
	}
}

// split divides a line into key and value. Whether a link is up now is not kept.
func split(text string) (key, value string) {
	if m := link.FindStringSubmatch(text); m != nil {
		return m[1], m[2] + m[3]
	}
	for _, by := range []string{" = ", " : "} {
		if key, value, ok := strings.Cut(text, by); ok {
			return key, value
		}
	}
	for _, sentence := range []*regexp.Regexp{isOnOff, isEnabled, isFor} {
		if m := sentence.FindStringSubmatch(text); m != nil {
			return m[1], m[2]
		}
	}
	return strings.TrimSuffix(text, " ="), ""
}
