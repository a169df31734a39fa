// Command gendocs writes the man pages and the shell completions from the
// command tree: docs/man/*.8 and completions/.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/lvsctl/lvsctl/cmd"
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
	root.DisableAutoGenTag = true // the pages must not change from day to day
	if err := manPages(root, filepath.Join(dir, "docs", "man")); err != nil {
		return err
	}
	return completions(root, filepath.Join(dir, "completions"))
}

func manPages(root *cobra.Command, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	never := time.Unix(0, 0).UTC()
	return doc.GenManTree(root, &doc.GenManHeader{Section: "8", Source: "lvsctl", Manual: "lvsctl", Date: &never}, dir)
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
