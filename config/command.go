package config

import (
	"fmt"
	"strings"
)

// Command is a program with its arguments, and who runs it.
type Command struct {
	Run   Value[CommandLine] `yaml:"run" doc:"program and arguments; quotes as in a shell, but no shell runs it"`
	User  Text               `yaml:"user" doc:"who runs it" default:"global.script_settings.user"`
	Group Text               `yaml:"group" doc:"group that runs it" default:"that of the user"`
	Where Position           `yaml:"-"`
}

// CommandLine is a program with its arguments.
type CommandLine []string

// String writes the words so that UnmarshalText reads the same ones.
func (c CommandLine) String() string {
	var b strings.Builder
	for i, w := range c {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(quoteWord(w))
	}
	return b.String()
}

func quoteWord(w string) string {
	switch {
	case w == "":
		return "''"
	case !strings.ContainsAny(w, " \t'\"\\"):
		return w
	case !strings.Contains(w, "'"):
		return "'" + w + "'"
	default:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
	}
}

// MarshalText writes the words with quotes where they are needed.
func (c CommandLine) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText splits a line into words: blanks part them, '…' is taken as it
// stands, in "…" and outside of quotes a backslash takes the next character.
func (c *CommandLine) UnmarshalText(text []byte) error {
	words, err := SplitCommand(string(text))
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return fmt.Errorf("the command is empty")
	}
	*c = words
	return nil
}

// SplitCommand splits a command line into words, as UnmarshalText tells.
func SplitCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			inWord = true
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("quote %c is not closed", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
