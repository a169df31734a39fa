package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator tells what happens, with the time since the beginning.
type narrator struct {
	out    io.Writer
	begin  time.Time
	colour bool
}

func newNarrator(out io.Writer, colour bool) *narrator {
	return &narrator{out: out, begin: time.Now(), colour: colour}
}

// scene tells what is done now.
func (n *narrator) scene(format string, args ...any) {
	n.line(n.paint("1;36", "==>"), n.paint("1", fmt.Sprintf(format, args...)))
}

// fact tells what came of it.
func (n *narrator) fact(format string, args ...any) {
	n.line("   ", fmt.Sprintf(format, args...))
}

// quote shows what a command printed.
func (n *narrator) quote(text string) {
	for l := range strings.Lines(text) {
		_, _ = fmt.Fprintf(n.out, "              %s\n", n.paint("32", strings.TrimRight(l, " \n")))
	}
}

func (n *narrator) line(mark, text string) {
	_, _ = fmt.Fprintf(n.out, "[%5.1f s] %s %s\n", time.Since(n.begin).Seconds(), mark, text)
}

func (n *narrator) paint(code, text string) string {
	if !n.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
