package oracle

import (
	"net/netip"
	"path"
	"slices"
	"strings"
)

// nothing is the command that runs in the place of every other. It is no link, so
// that keepalived shows it as it is written.
const nothing = "/usr/bin/true"

// commandKeywords are those that a command follows.
var commandKeywords = []string{
	"notify", "notify_master", "notify_backup", "notify_fault", "notify_stop", "notify_deleted", "notify_master_rx_lower_pri",
	"notify_up", "notify_down", "quorum_up", "quorum_down", "script", "misc_path", "startup_script", "shutdown_script",
	"notify_fifo_script", "vrrp_notify_fifo_script", "lvs_notify_fifo_script",
}

// leftOut are keywords whose lines are emptied: they lead out of the namespaces.
var leftOut = []string{"net_namespace", "net_namespace_ipvs", "namespace_with_ipsets"}

// knownUsers are users and groups that every Debian has.
var knownUsers = []string{"root", "nobody", "nogroup", "daemon", "bin", "sys", "mail"}

// Harmless gives the text of a configuration with other commands, pipes, files,
// users and mail servers in it. Every line stays where it is, and arguments stay.
func Harmless(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(harmlessLine(line))
	}
	return b.String()
}

func harmlessLine(line string) string {
	var b strings.Builder
	words, written := wordsOf(line), 0
	for i, w := range words {
		if slices.Contains(leftOut, w.in(line)) && (i == 0 || i == 1 && line[words[0].from] == '@') {
			return line[len(strings.TrimRight(line, "\r\n")):]
		}
	}
	for i, w := range words {
		for n := range i {
			if with, ok := harmlessWord(words[i-1-n].in(line), n, w.in(line)); ok {
				b.WriteString(line[written:w.from] + with)
				written = w.to
				break
			}
		}
	}
	return b.String() + line[written:]
}

// harmlessWord gives what stands in the place of the n-th word behind a keyword.
func harmlessWord(keyword string, n int, word string) (with string, ok bool) {
	bare := strings.Trim(word, `"`)
	switch {
	case word == "\\" || bare == "weight" || bare == "reverse": // the line goes on; a tracker with the name of a keyword
		return "", false
	case n == 0 && keyword == "file" && strings.HasPrefix(bare, "/"):
		return "/tmp/" + path.Base(bare), true
	case n == 0 && slices.Contains(commandKeywords, keyword) && word != "{":
		return harmlessCommand(word), true
	case n == 0 && strings.HasSuffix(keyword, "notify_fifo"):
		return "/run/" + path.Base(bare), true
	case n == 0 && keyword == "smtp_server":
		_, err := netip.ParseAddr(bare)
		return "192.0.2.25", err != nil
	case n < 2 && (keyword == "script_user" || keyword == "user"):
		return "root", !slices.Contains(knownUsers, bare) && bare != "{" && bare != "}"
	default:
		return "", false
	}
}

// harmlessCommand keeps the arguments of a command within quotes.
func harmlessCommand(word string) string {
	inner, quoted := strings.CutPrefix(word, `"`)
	if !quoted {
		return nothing
	}
	trimmed := strings.TrimLeft(inner, " \t")
	end := strings.IndexAny(trimmed, " \t\"")
	if end < 0 {
		return `"` + nothing
	}
	return `"` + inner[:len(inner)-len(trimmed)] + nothing + trimmed[end:]
}

// span is where a word stands in its line.
type span struct{ from, to int }

func (s span) in(line string) string { return line[s.from:s.to] }

// wordsOf finds the words of a line, quotes included, up to a comment.
func wordsOf(line string) (out []span) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '#' || c == '!':
			return out
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		default:
			end := endOfWord(line, i)
			out = append(out, span{i, end})
			i = end
		}
	}
	return out
}

func endOfWord(line string, from int) int {
	quoted := false
	for i := from; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(" \t\r\n#!", c) >= 0:
			return i
		}
	}
	return len(strings.TrimRight(line, "\r\n"))
}
