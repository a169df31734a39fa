package keepalived

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// variable is what $NAME=value defines.
type variable struct {
	text string
	more string // of a definition over several lines: the further ones, each after a line end
	many bool   // it has several lines, and can only stand at the end of a line
}

const (
	maxPasses = 64       // variables in the values of variables
	maxWord   = 64 << 10 // length of a word when its variables are replaced
	maxFrames = 128      // texts in texts: files, values and sequences
	maxSpent  = 128 << 20
	costly    = 32 // bytes that each value costs beside its length
)

// spend counts what comes out of variables and sequences. A few lines can stand
// for more than any machine can hold.
func (l *lexer) spend(bytes int) bool {
	l.spent += bytes + costly
	if l.spent > l.src.limit {
		l.refuse("the variables and sequences of this configuration stand for more than %d MB: the rest is not read", l.src.limit>>20)
	}
	return !l.stopped
}

// refuse says why nothing more is read.
func (l *lexer) refuse(format string, args ...any) {
	if !l.stopped {
		l.src.report(config.Error, l.top.here(), l.chain(), format, args...)
		l.stopped = true
	}
}

// definition acts on $NAME=value.
func (l *lexer) definition(left string) bool {
	name, n := definedName(left)
	if n == 0 {
		return false
	}
	l.top.off += n
	line := l.rest("the definition")
	code := strings.Trim(line.left(), blanks)
	if !l.continued(code) {
		l.variables[name] = &variable{text: uncomment(code)}
		return true
	}
	lines := l.moreLines()
	if code = withoutBackslash(code); code != "" {
		lines = append([]string{code}, lines...)
	}
	l.variables[name] = newVariable(lines)
	return true
}

func newVariable(lines []string) *variable {
	if len(lines) == 0 {
		return &variable{}
	}
	v := &variable{text: lines[0], many: true}
	if len(lines) > 1 {
		v.more = "\n" + strings.Join(lines[1:], "\n")
	}
	return v
}

// definedName gives the name in a $NAME= at the start of s and the length of
// that, 0 if there is none.
func definedName(s string) (string, int) {
	if s == "" || s[0] != '$' {
		return "", 0
	}
	n := nameLen(s[1:])
	if n == 0 || len(s) < n+2 || s[n+1] != '=' {
		return "", 0
	}
	return s[1 : n+1], n + 2
}

// nameLen is the length of the name at the start of s.
func nameLen(s string) int {
	n := 0
	for n < len(s) && isNameByte(s[n], n > 0) {
		n++
	}
	return n
}

func isNameByte(c byte, digits bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digits && c >= '0' && c <= '9'
}

// uncomment takes the backslash of \# and \! outside of quotes away. Where the
// value is used the sign begins a comment then; that is keepalived's way.
func uncomment(s string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(s):
			if i++; quoted || s[i] != '#' && s[i] != '!' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// reference is a use of a variable.
type reference struct {
	name, args string
	length     int
	braces     bool
}

// parseReference reads the $NAME, ${NAME} or ${NAME ARGUMENTS} at the start of s.
func parseReference(s string) (reference, bool) {
	if !strings.HasPrefix(s, "${") {
		n := nameLen(s[1:])
		return reference{name: s[1 : 1+n], length: 1 + n}, n > 0
	}
	n := nameLen(s[2:])
	end := 2 + n
	if n == 0 || end == len(s) {
		return reference{}, false
	}
	inner, _, found := strings.Cut(s[end:], "}")
	if !found || inner != "" && inner[0] != ' ' {
		return reference{}, false
	}
	return reference{name: s[2:end], args: strings.Trim(inner, " "), length: end + len(inner) + 1, braces: true}, true
}

// expandWord replaces the variables of a word; what comes out is read next. It
// tells whether there were any.
func (l *lexer) expandWord(start, end int) bool {
	f := l.top
	x := expansion{lexer: l, out: f.text[start:end], next: ' ', alone: l.lineEndsAt(end), atStart: l.atStart}
	if end < len(f.text) {
		x.next = f.text[end]
	}
	first := f.here()
	f.off = start + strings.IndexByte(x.out, '$')
	x.at = f.here()
	if !x.run() || l.stopped {
		if !f.fixed {
			f.counted, f.column = start, int(first.Column)
		}
		f.off = start
		return false
	}
	f.off = end
	file := f.file
	if x.more != "" {
		l.enter(frame{text: x.more, file: file, fixed: true, first: x.at, at: x.at})
	}
	l.enter(frame{text: x.out, file: file, fixed: true, first: first, at: x.at, inLine: true, expanded: !x.again})
	return true
}

// enter reads a text before it goes on with what is being read.
func (l *lexer) enter(f frame) {
	if len(l.stack) >= maxFrames {
		l.refuse("variables, sequences and files stand in each other more than %d deep: the rest is not read", maxFrames)
		return
	}
	if l.spend(len(f.text)) {
		l.push(f)
	}
}

// lineEndsAt tells whether nothing but blanks and a comment follows the byte
// before off on the line.
func (l *lexer) lineEndsAt(off int) bool {
	for i := len(l.stack) - 1; ; i-- {
		f := &l.stack[i]
		if i < len(l.stack)-1 {
			off = f.off
		}
		code := f.text[off:]
		code = strings.TrimLeft(code[:codeEnd(code, false)], blanks)
		if code != "" {
			return false
		}
		if !f.inLine {
			return true
		}
	}
}

// expansion is the replacing of the variables in one word.
type expansion struct {
	*lexer
	out     string
	more    string          // lines that follow
	next    byte            // what stands behind the word
	alone   bool            // nothing but a comment does
	atStart bool            // the word begins a statement
	again   bool            // out begins with a directive, whose text is to be expanded when it is read
	at      config.Position // of the first variable
}

// run replaces variables until none is left, those in values too.
func (x *expansion) run() (changed bool) {
	for pass := 0; x.pass(); pass++ {
		changed = true
		if x.again || !x.spend(len(x.out)) {
			return true
		}
		if pass == maxPasses || len(x.out) > maxWord {
			x.refuse("a value is longer than %d bytes or holds variables more than %d deep: does a variable stand in its own value? The rest is not read", maxWord, maxPasses)
			return true
		}
	}
	return changed
}

// pass replaces the variables that stand in the word, but not those in their values.
func (x *expansion) pass() (changed bool) {
	var b strings.Builder
	s := x.out
	for {
		n := strings.IndexByte(s, '$')
		if n < 0 || b.Len() > maxWord {
			break
		}
		b.WriteString(s[:n])
		s = s[n:]
		if _, n := definedName(s); n > 0 && x.atStart && b.Len() == 0 {
			break // a definition that came out of a variable
		}
		value, length := x.value(s)
		if length == 0 {
			b.WriteByte('$')
			s = s[1:]
			continue
		}
		changed = true
		x.again = x.atStart && b.Len() == 0 && isSequence(strings.TrimLeft(value, blanks))
		b.WriteString(value)
		s = s[length:]
		if x.again {
			break
		}
	}
	if changed {
		b.WriteString(s)
		x.out = b.String()
	}
	return changed
}

// value gives what the reference at the start of s stands for and its length, 0
// if it stands for nothing.
func (x *expansion) value(s string) (string, int) {
	ref, ok := parseReference(s)
	if !ok {
		return "", 0
	}
	v := x.variables[ref.name]
	if ends := ref.braces || x.endsName(s[ref.length:]); !ends {
		if v != nil {
			x.tell(ref, "write ${"+ref.name+"}", "%s is not replaced, as in keepalived: a blank or the line end must follow", quote("$"+ref.name))
		}
		return "", 0
	}
	if v == nil {
		text, ok := x.builtIn(ref)
		if !ok {
			x.undefined(ref)
			return "", 0
		}
		v = &variable{text: text}
	} else if ref.args != "" {
		return "", 0
	}
	if v.many {
		if ref.length < len(s) || !x.alone {
			x.tell(ref, "put it on a line of its own", "%s has several lines and is not replaced, as in keepalived: the line must end behind it", quote("$"+ref.name))
			return "", 0
		}
		x.more = v.more + x.more
	}
	return v.text, ref.length
}

// endsName tells whether a name without braces ends as keepalived wants it.
func (x *expansion) endsName(behind string) bool {
	c := x.next
	if behind != "" {
		c = behind[0]
	}
	return isBlank(c) || strings.IndexByte("\n,)#!", c) >= 0 || c == noBreakSpace[0]
}

// tell says something about a variable once.
func (x *expansion) tell(ref reference, hint, format string, args ...any) {
	if line := x.src.shown(x.at); strings.Contains(line, hiddenPassword) || x.told[ref.name] {
		return // a password may hold a $
	}
	x.told[ref.name] = true
	x.src.report(config.Warning, x.at, hint, format, args...)
}

// undefined says that a variable is not defined, where it cannot be a $ of a
// shell command or a pattern.
func (x *expansion) undefined(ref reference) {
	names := make([]string, 0, len(x.variables))
	for name := range x.variables {
		names = append(names, name)
	}
	hint := ""
	if similar := config.Nearest(ref.name, names); similar != "" {
		hint = "did you mean " + quote("$"+similar) + "?"
	}
	quoted := strings.HasPrefix(x.out, `"`)
	if ref.args != "" && builtInNames[ref.name] {
		x.tell(ref, "", "%s takes no such arguments: the word is left as it is", quote("${"+ref.name+"}"))
		return
	}
	if hint == "" && (quoted || !ref.braces && !strings.HasPrefix(x.out, "$")) {
		return
	}
	if hint == "" {
		hint = "define it above: $" + ref.name + "=…"
	}
	if x.assigned() {
		hint = "to define it, put no blank before the ="
	}
	effect := ""
	if ref.braces && !quoted {
		effect = ", while keepalived would take its braces for a block and misread what follows"
	}
	x.tell(ref, hint, "variable %s is not defined: the word is left as it is%s", quote(ref.name), effect)
}

// assigned tells whether the word looks like $NAME =.
func (x *expansion) assigned() bool {
	left := x.top.left()
	return x.atStart && len(left) > len(x.out) && strings.HasPrefix(strings.TrimLeft(left[len(x.out):], blanks), "=")
}

// builtInNames are the variables that keepalived defines itself.
var builtInNames = map[string]bool{"_PWD": true, "_INSTANCE": true, "_RANDOM": true, "_HASH": true, "_BANG": true, "_ENV": true}

// builtIn gives the value of a variable that keepalived defines itself.
func (x *expansion) builtIn(ref reference) (string, bool) {
	switch {
	case ref.name == "_ENV" && ref.args != "":
		return x.environment(ref)
	case ref.name == "_RANDOM":
		return x.random(ref.args)
	case ref.args != "":
		return "", false
	}
	switch ref.name {
	case "_PWD":
		return x.directory(), true
	case "_INSTANCE":
		return x.src.options.configID(), true
	case "_HASH":
		return "#", true
	case "_BANG":
		return "!", true
	}
	return "", false
}

func (x *expansion) environment(ref reference) (string, bool) {
	value, ok := x.src.options.machine().LookupEnv(ref.args)
	if !ok {
		x.tell(ref, "set it before lvsctl starts", "environment variable %s is not set: nothing stands in its place", quote(ref.args))
	}
	return value, true
}

// directory is that of the file being read.
func (x *expansion) directory() string {
	dir := filepath.Dir(x.top.file.name)
	if filepath.IsAbs(dir) {
		return dir
	}
	wd, err := x.src.options.machine().Getwd()
	if err != nil {
		return dir
	}
	return filepath.Join(wd, dir)
}

// random gives a number between the two of args, both included. Without them it
// is one between 0 and 32767.
func (x *expansion) random(args string) (string, bool) {
	low, high := uint64(0), uint64(32767)
	for i, arg := range strings.Fields(args) {
		n, err := strconv.ParseUint(arg, 10, 62)
		switch {
		case err != nil || i > 1:
			return "", false
		case i == 0:
			low = n
		default:
			high = n
		}
	}
	if high < low {
		return "", false
	}
	return strconv.FormatUint(low+x.src.random(high-low+1), 10), true
}
