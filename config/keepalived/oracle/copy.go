package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// copyHarmless writes a harmless copy of a file, and of what it includes below its
// folder, into dir. It gives the path of the copy, and the text of all.
func copyHarmless(dir, file string) (path, text string, err error) {
	c := copier{from: filepath.Dir(file), to: dir, done: map[string]bool{}}
	if err := c.copy(filepath.Base(file)); err != nil {
		return "", "", err
	}
	return filepath.Join(dir, filepath.Base(file)), c.text.String(), nil
}

type copier struct {
	from, to string
	done     map[string]bool
	text     strings.Builder // of all files
}

func (c *copier) copy(name string) error {
	if c.done[name] {
		return nil
	}
	c.done[name] = true
	raw, err := os.ReadFile(filepath.Join(c.from, name))
	if err != nil {
		return fmt.Errorf("copy configuration: %w", err)
	}
	text := Harmless(string(raw))
	c.text.WriteString(text + "\n")
	to := filepath.Join(c.to, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("copy configuration: %w", err)
	}
	if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
		return fmt.Errorf("copy configuration: %w", err)
	}
	for _, included := range c.included(filepath.Dir(name), text) {
		if err := c.copy(included); err != nil {
			return err
		}
	}
	return nil
}

// included gives the files that exist of those that a text includes, by their
// paths below c.from. Braces of globs are not understood.
func (c *copier) included(folder, text string) (out []string) {
	for line := range strings.Lines(text) {
		words := wordsOf(line)
		if len(words) < 2 || !strings.HasPrefix(words[0].in(line), "include") {
			continue
		}
		pattern := strings.Trim(words[1].in(line), `"`)
		if filepath.IsAbs(pattern) {
			continue
		}
		paths, err := filepath.Glob(filepath.Join(c.from, folder, pattern))
		if err != nil {
			continue
		}
		for _, path := range paths {
			name, err := filepath.Rel(c.from, path)
			if info, statErr := os.Stat(path); err == nil && filepath.IsLocal(name) && statErr == nil && info.Mode().IsRegular() {
				out = append(out, name)
			}
		}
	}
	return out
}
