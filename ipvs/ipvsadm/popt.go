package ipvsadm

import "strings"

// scanner takes a command line apart the way popt(3) does: options and other
// words in any order, letters run together (-Ln, -at ADDR, -tADDR, -t=ADDR),
// long words with their value behind a space or an equals sign, no abbreviations.
type scanner struct {
	args    []string
	next    int    // index of the next argument
	bundle  string // letters left of the argument at next-1
	literal bool   // after --: there are no more options
	rest    []int  // arguments that are neither options nor values, by index
}

// scan gives the next option and its value. At the end it gives nil. Words that
// are no options are put aside.
func (s *scanner) scan() (w *word, value string, err error) {
	for s.bundle == "" {
		if s.next == len(s.args) {
			return nil, "", nil
		}
		arg := s.args[s.next]
		s.next++
		switch {
		case s.literal || len(arg) < 2 || arg[0] != '-':
			s.rest = append(s.rest, s.next-1)
		case arg == "--":
			s.literal = true
		case strings.HasPrefix(arg, "--"):
			return s.long(arg[2:])
		default:
			s.bundle = arg[1:]
		}
	}
	return s.letter()
}

// long finds a long word.
func (s *scanner) long(text string) (*word, string, error) {
	name, value, joined := strings.Cut(text, "=")
	w := longWord(name)
	switch {
	case w == nil:
		return nil, "", s.fault("unknown option")
	case w.argument == noArgument && joined:
		return nil, "", s.fault("option does not take an argument")
	case w.argument == noArgument || joined:
		return w, value, nil
	default:
		value, err := s.value(w)
		return w, value, err
	}
}

// letter takes the next letter of a bundle. An equals sign may stand before a value,
// but not behind a letter that takes none.
func (s *scanner) letter() (*word, string, error) {
	w, rest := letters[s.bundle[0]], s.bundle[1:]
	value, equals := strings.CutPrefix(rest, "=")
	switch {
	case w == nil:
		return nil, "", s.fault("unknown option")
	case w.argument == noArgument && equals:
		return nil, "", s.fault("option does not take an argument")
	case w.argument == noArgument:
		s.bundle = rest
		return w, "", nil
	case rest != "":
		s.bundle = ""
		return w, value, nil
	default:
		s.bundle = ""
		value, err := s.value(w)
		return w, value, err
	}
}

// value takes the next argument. If the word can do without, an argument with a
// dash is left alone; an empty value that is really there is not distinguished by
// the string, so the absent one is defaultValue.
func (s *scanner) value(w *word) (string, error) {
	if w.argument == optional && (s.next == len(s.args) || strings.HasPrefix(s.args[s.next], "-")) {
		return defaultValue, nil
	}
	if s.next == len(s.args) {
		return "", s.fault("missing argument")
	}
	s.next++
	return s.args[s.next-1], nil
}

// defaultValue stands for the absent value of an option that can do without. It
// cannot be typed: arguments have no zero bytes.
const defaultValue = "\x00"

// fault blames the argument that was looked at last.
func (s *scanner) fault(what string) error {
	return &Error{Class: Syntax, text: s.args[s.next-1] + ": " + what}
}
