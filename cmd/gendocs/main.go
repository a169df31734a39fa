// Command gendocs writes the man pages and the shell completions from the
// command tree, the schema from the model of the configuration, and the page of
// keywords from the reference of keepalived.conf: docs/man/*.8, completions/,
// docs/lvsctl.schema.json and docs/keepalived-keywords.md.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/lvsctl/lvsctl/cmd"
	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/yamlfile"
)

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// generate writes everything below dir.
func generate(dir string) error {
	root := cmd.NewRoot("", cmd.Streams{Out: io.Discard, Err: io.Discard})
	root.DisableAutoGenTag = true
	if err := completions(root, filepath.Join(dir, "completions")); err != nil {
		return err
	}
	if err := manPages(root, filepath.Join(dir, "docs", "man")); err != nil {
		return err
	}
	page := filepath.Join(dir, "docs", keywordsFile)
	if err := os.WriteFile(page, []byte(keywordsPage()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "docs", "lvsctl.schema.json"), yamlfile.Schema(config.Config{}), 0o644)
}

func manPages(root *cobra.Command, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	keepColumns(root)
	// The month of the pages' last revision: a page must not change from day to day.
	revised := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	return doc.GenManTree(root, &doc.GenManHeader{Section: "8", Source: "lvsctl", Manual: "lvsctl", Date: &revised}, dir)
}

// keepColumns makes code blocks of the indented lines in the descriptions, which
// a page would fill up to paragraphs otherwise.
func keepColumns(c *cobra.Command) {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(c.Long) {
		indented := strings.HasPrefix(line, "  ")
		if indented && !inside {
			b.WriteByte('\n')
		}
		if indented {
			line = "    " + line
		}
		inside = indented
		b.WriteString(line)
	}
	c.Long = b.String()
	for _, sub := range c.Commands() {
		keepColumns(sub)
	}
}

func completions(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := root.GenBashCompletionFileV2(filepath.Join(dir, "lvsctl.bash"), true); err != nil {
		return err
	}
	if err := root.GenZshCompletionFile(filepath.Join(dir, "_lvsctl")); err != nil {
		return err
	}
	return root.GenFishCompletionFile(filepath.Join(dir, "lvsctl.fish"), true)
}
