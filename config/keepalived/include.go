package keepalived

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// includeChecks are the failures of an include that keepalived does not start with.
type includeChecks uint8

const (
	checkReadable includeChecks = 1 << iota // a file cannot be read
	checkMatch                              // no file has the name
	checkWildcard                           // no file matches the pattern
	checkBraces                             // one of the names in braces has no file

	checkAll = checkReadable | checkMatch | checkWildcard | checkBraces
)

// includeKinds are the keywords that include files, with what they check beyond
// include_check.
var includeKinds = map[string]includeChecks{
	"include":  0,
	"includer": checkReadable,
	"includem": checkReadable | checkMatch,
	"includew": checkReadable | checkMatch | checkWildcard,
	"includeb": checkReadable | checkBraces,
	"includea": checkAll,
}

// inclusion is the files that one include names.
type inclusion struct {
	paths  []string // those that are not read yet
	at     config.Position
	checks includeChecks
}

const (
	maxInclude = 32     // files in files
	maxFiles   = 10_000 // inclusions in a configuration
)

// includeLine acts on include and its kin.
func (l *lexer) includeLine(left string) bool {
	if !strings.HasPrefix(left, "include") {
		return false
	}
	end, _, _ := bareWord(left, 0)
	checks, known := includeKinds[left[:end]]
	if !known || !l.blankAt(end) && !l.lineEndsAt(l.top.off+end) {
		return false
	}
	at := l.top.here()
	l.top.off += end
	line := l.rest("the " + left[:end])
	pattern := strings.Trim(line.left(), blanks+noBreakSpace)
	if pattern == "" {
		l.src.report(config.Warning, at, "", "%s names no file", left[:end])
		return true
	}
	if !line.expanded {
		x := expansion{lexer: l, out: pattern, next: '\n', alone: true, at: at}
		x.run()
		pattern = x.out
	}
	l.includeFiles(pattern, &inclusion{at: at, checks: checks | l.checks})
	return true
}

// blankAt tells whether a blank stands n bytes behind the next one, be it after a
// variable that ends there.
func (l *lexer) blankAt(n int) bool {
	for i := len(l.stack) - 1; i >= 0; i-- {
		left := l.stack[i].left()
		if n < len(left) {
			return isBlank(left[n])
		}
		if !l.stack[i].inLine {
			return false
		}
		n -= len(left)
	}
	return false
}

// includeFiles looks for the files of a pattern; they are read next.
func (l *lexer) includeFiles(pattern string, in *inclusion) {
	dir := filepath.Dir(l.top.file.name)
	g := glob(l.src.options.machine(), dir, pattern)
	in.paths = g.paths
	switch {
	case g.tooMany:
		l.failInclude(in, checkAll, "include %s names more than %d files", quote(pattern), maxBraces)
	case len(g.missing) == 0 && len(g.paths) == 0:
		if in.checks&checkWildcard != 0 {
			l.failInclude(in, checkWildcard, "no file matches %s", quote(pattern))
		}
	case len(g.paths) == 0 && !strings.Contains(pattern, "{"):
		l.failInclude(in, checkMatch, notIncluded, quote(g.missing[0]), g.err)
	case len(g.missing) > 0:
		l.failInclude(in, checkBraces, notIncluded, quote(g.missing[0]), g.err)
	}
	if len(in.paths) > 0 {
		l.enter(frame{file: l.top.file, fixed: true, first: in.at, at: in.at, include: in})
	}
}

// failInclude tells of a file that cannot be included. If keepalived would not
// start without it, it is an error.
func (l *lexer) failInclude(in *inclusion, class includeChecks, format string, args ...any) {
	severity := config.Warning
	if in.checks&class != 0 {
		severity = config.Error
	}
	l.src.report(severity, in.at, l.chain(), format, args...)
}

// nextFile reads the next file of an include, false if there are no more.
func (l *lexer) nextFile(in *inclusion) bool {
	for len(in.paths) > 0 && !l.stopped {
		path := in.paths[0]
		in.paths = in.paths[1:]
		if l.mayInclude(in, path) {
			text, err := l.readIncluded(path)
			if err == nil {
				l.openFile(l.src.add(path, text))
				return true
			}
			l.failInclude(in, checkReadable, notIncluded, quote(path), err)
		}
	}
	return false
}

// mayInclude refuses files that include themselves and those that are too deep.
func (l *lexer) mayInclude(in *inclusion, path string) bool {
	depth := 0
	for i := range l.stack {
		f := &l.stack[i]
		if !f.isFile {
			continue
		}
		depth++
		if filepath.Clean(f.file.name) == filepath.Clean(path) {
			l.src.report(config.Error, in.at, l.chain(), "%s includes itself: keepalived would never come to an end", quote(path))
			return false
		}
	}
	l.included++
	switch {
	case depth > maxInclude:
		l.src.report(config.Error, in.at, l.chain(), "files included more than %d deep: %s is not read", maxInclude, quote(path))
		return false
	case l.included > maxFiles:
		l.refuse("more than %d files are included: the rest is not read", maxFiles)
		return false
	}
	return true
}

const notIncluded = "%s is not included: %v"

var (
	errDirectory  = errors.New("it is a directory")
	errNotRegular = errors.New("it is not a regular file")
	errExecutable = errors.New("it is executable, and keepalived takes no such files")
)

func (l *lexer) readIncluded(path string) (string, error) {
	m := l.src.options.machine()
	info, err := m.Stat(path)
	switch {
	case err != nil:
		return "", config.Bare(err)
	case info.IsDir():
		return "", errDirectory
	case !info.Mode().IsRegular():
		return "", errNotRegular
	case info.Mode()&0o111 != 0:
		return "", errExecutable
	}
	text, err := config.ReadText(m.Open, path, config.MaxSize-l.read)
	l.read += len(text)
	return text, err
}

// chain tells how the file being read came to be included.
func (l *lexer) chain() string {
	var chain []string
	for i := len(l.stack) - 1; i >= 0; i-- {
		if in := l.stack[i].include; in != nil && i < len(l.stack)-1 {
			chain = append(chain, in.at.String())
		}
	}
	if len(chain) == 0 {
		return ""
	}
	if len(chain) > 8 {
		chain = append(chain[:8], "…")
	}
	return "included from " + strings.Join(chain, ", from ")
}

// setIncludeChecks acts on the keyword include_check of global_defs.
func (l *lexer) setIncludeChecks(words []word) {
	if len(words) == 0 {
		l.checks = checkAll
		return
	}
	for i, w := range words {
		name := strings.TrimLeft(w.text, "+-")
		class, known := map[string]includeChecks{
			"read": checkReadable, "readable": checkReadable, "match": checkMatch,
			"wildcard_match": checkWildcard, "brace_match": checkBraces,
		}[name]
		switch {
		case !known:
			l.src.report(config.Warning, w.at, "the checks are read, match, wildcard_match and brace_match", "unknown include_check %s", quote(w.text))
		case strings.HasPrefix(w.text, "-"):
			l.checks &^= class
		case strings.HasPrefix(w.text, "+"):
			l.checks |= class
		case i == 0:
			l.checks = checkReadable | class
		default:
			l.src.report(config.Warning, w.at, "put a + before it", "include_check %s is ignored, as in keepalived", quote(w.text))
		}
	}
}
