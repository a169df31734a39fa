package keepalived

import (
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// A construct is something that keepalived works on before it looks at
// keywords: variables, conditional lines, sequences, included files. lvsctl does
// not know them yet, and reading on without them would give another configuration.

// refuseConstruct reports the construct that makes a statement unreadable.
func (p *parser) refuseConstruct(s *statement) bool {
	at, what := construct(s)
	if what == "" {
		return false
	}
	p.src.report(config.Error, at, "write out what it stands for, or keep keepalived for this file until lvsctl knows it",
		"%s: not supported yet", what)
	return true
}

// construct names the construct in a statement, "" if there is none.
func construct(s *statement) (config.Position, string) {
	first := s.words[0]
	if first.quoted {
		return config.Position{}, ""
	}
	switch {
	case isInclude(first.text):
		return first.at, first.text + " (parts of the configuration would be missing)"
	case strings.HasPrefix(first.text, "@"):
		return first.at, "conditional line " + quote(first.text)
	case isDefinition(first.text):
		name, _, _ := strings.Cut(first.text, "=")
		return first.at, "definition of variable " + quote(name)
	}
	for _, w := range s.words {
		if !w.quoted {
			if what := constructIn(w.text); what != "" {
				return w.at, what
			}
		}
	}
	return config.Position{}, ""
}

func isInclude(w string) bool {
	switch w {
	case "include", "includer", "includem", "includew", "includeb", "includea":
		return true
	}
	return false
}

// isDefinition tells $NAME=value.
func isDefinition(w string) bool {
	name, _, found := strings.Cut(w, "=")
	return found && len(name) > 1 && name[0] == '$' && strings.IndexFunc(name[1:], notInName) < 0
}

func notInName(c rune) bool {
	return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
}

// constructIn names the construct inside a word.
func constructIn(w string) string {
	for i := 0; i+1 < len(w); i++ {
		switch {
		case w[i] == '$' && (w[i+1] == '{' || !notInName(rune(w[i+1]))):
			return "variable " + quote(w[i:i+constructLen(w[i:])])
		case w[i] == '~' && isSequence(w[i:]):
			return "sequence " + quote(w[i:i+constructLen(w[i:])])
		}
	}
	return ""
}

func isSequence(s string) bool {
	return strings.HasPrefix(s, "~SEQ") || strings.HasPrefix(s, "~LST")
}

// constructLen is the length of the ${NAME}, $NAME, ~SEQ(…) or ~LST(…) at the
// start of s: its braces, blanks and the like belong to it. It is 1 if s starts
// with none of them. It looks ahead no further than keepalived's longest line.
func constructLen(s string) int {
	line := s[:min(len(s), 1024)]
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	}
	switch {
	case strings.HasPrefix(line, "${"):
		return max(1, 1+strings.IndexByte(line, '}'))
	case isSequence(line):
		return max(1, 1+strings.IndexByte(line, ')'))
	case strings.HasPrefix(line, "$"):
		n := strings.IndexFunc(line[1:], notInName)
		if n < 0 {
			n = len(line) - 1
		}
		return 1 + n
	default:
		return 1
	}
}
