package yamlfile

import (
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// hide keeps all scalars of a node out of the lines that are shown.
func (s *source) hide(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if s.hidden[n] { // an alias can stand for a block that it is in
		return
	}
	s.hidden[n] = true
	if n.Kind == yaml.ScalarNode {
		s.secrets = append(s.secrets, n)
		return
	}
	for i, c := range n.Content {
		if n.Kind == yaml.SequenceNode || i%2 == 1 {
			s.hide(c)
		}
	}
}

// hideLikely hides what looks like a secret inside a node that is not read.
func (s *source) hideLikely(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && likelySecret(n.Content[i-1].Value) {
			s.hide(c)
			continue
		}
		s.hideLikely(c)
	}
}

// likelySecret tells whether what belongs to a word that is not known should not be shown.
func likelySecret(word string) bool { return secretWord.MatchString(word) }

var (
	secretWord   = regexp.MustCompile(`(?i)pass|pasw|secret|token|credential|auth|key`)
	doubleQuoted = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"`)
	singleQuoted = regexp.MustCompile(`^'(?:[^']|'')*'`)
	settingOf    = regexp.MustCompile(`^[\s\-?{\["']*([^\s:"']+)["']?\s*:`)
)

// withoutSecrets cuts a line at the first secret in it. A line in which a secret
// stands before the place that is talked about is not shown.
func (s *source) withoutSecrets(line string, where config.Position) string {
	at := sort.Search(len(s.secrets), func(i int) bool { return s.secrets[i].Line >= int(where.Line) })
	if at > 0 && s.reachesInto(s.secrets[at-1], line, where) {
		return ""
	}
	if at == len(s.secrets) || s.secrets[at].Line != int(where.Line) {
		return line
	}
	column := s.secrets[at].Column
	if int(where.Column) > column {
		return ""
	}
	return cutAt(line, column)
}

// reachesInto tells whether a secret of several lines may end before a place in its line.
func (s *source) reachesInto(secret *yaml.Node, line string, where config.Position) bool {
	if secret.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || s.endsInLine(secret) {
		return false
	}
	before := []rune(line)
	before = before[:min(len(before), int(where.Column)-1)]
	return strings.Trim(string(before), " \t-?") != ""
}

// endsInLine tells whether a scalar ends in the line in which it starts.
func (s *source) endsInLine(n *yaml.Node) bool {
	runes := []rune(s.line(n.Line))
	rest := string(runes[min(n.Column-1, len(runes)):])
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted.MatchString(rest)
	case n.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted.MatchString(rest)
	default:
		return strings.HasPrefix(rest, n.Value)
	}
}

// cutAt hides what stands at a column and behind it.
func cutAt(line string, column int) string {
	runes := []rune(line)
	if column-1 >= len(runes) {
		return line
	}
	return string(runes[:column-1]) + config.Hidden
}

// hideInText hides secrets in a line of a file that is no YAML, as far as the
// words before the colons tell: the line itself, or that it goes on a secret.
func (s *source) hideInText(n int) string {
	line := s.line(n)
	for at := n; at >= 1 && at > n-100; at-- {
		m := settingOf.FindStringSubmatchIndex(s.line(at))
		switch {
		case m == nil && !strings.HasPrefix(strings.TrimSpace(s.line(at)), "-"):
			continue
		case m == nil || !likelySecret(s.line(at)):
			return line
		case at < n:
			return ""
		case likelySecret(line[:m[1]]):
			return line[:m[1]] + " " + config.Hidden
		default:
			return "" // somewhere in the line, in braces
		}
	}
	return line
}
