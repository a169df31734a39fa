package main

import (
	"fmt"
	"strings"

	"github.com/lvsctl/lvsctl/config/keepalived/keywords"
)

// keywordsFile is the page of keywords, below the folder docs.
const keywordsFile = "keepalived-keywords.md"

const keywordsHead = `# Keywords of keepalived.conf

Every keyword of keepalived 2.2.7 to 2.4.3, block by block; ` + "`lvsctl config explain KEYWORD`" + `
tells the same on one screen, with an example and whether lvsctl acts on it. How lvsctl
reads the file, and where it differs, is in [keepalived.md](keepalived.md).

Times are decimal seconds without a unit where nothing else is said. BOOL is on, true
or yes, and off, false or no; the word alone is on. In the last column: of 100 small
public repositories / of 478 files from bug reports; "~" is a number for several words
at once. "error" is a message of keepalived, which goes on all the same.

This page is made from config/keepalived/keywords/data by ` + "`make docs`" + `.
`

// keywordsPage is the reference of keywords as a page.
func keywordsPage() string {
	var b strings.Builder
	b.WriteString(keywordsHead)
	for _, block := range keywords.Blocks() {
		records := keywords.In(block.Name)
		if len(records) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", block.Name, sentence(block.About))
		b.WriteString("| syntax | what it does | default | values | met in |\n|---|---|---|---|---|\n")
		for _, k := range records {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
				code(k.Syntax), what(k), cell(k.Default), cell(k.Range), met(k.Usage))
		}
	}
	return b.String()
}

// what tells what a keyword is for, and what to mind.
func what(k keywords.Keyword) string {
	parts := []string{cell(k.Does)}
	if k.Since != "" {
		parts = append(parts, "*Since "+k.Since+".*")
	}
	if k.Foreign != "" {
		parts = append(parts, "**No keyword: "+cell(k.Foreign)+".**")
	}
	if k.Deprecated != "" {
		parts = append(parts, "**Deprecated: "+cell(k.Deprecated)+".**")
	}
	if k.Alias != "" {
		parts = append(parts, "The same as "+code(k.Alias)+".")
	}
	for _, note := range k.Notes {
		parts = append(parts, cell(note))
	}
	return strings.Join(parts, " ")
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

func met(u keywords.Usage) string {
	if u.Priority == "" {
		return ""
	}
	together := ""
	if u.Together {
		together = "~"
	}
	return fmt.Sprintf("%s%d/%d", together, u.Repositories, u.Files)
}

// code marks a piece of a file; cell keeps a text from being markup.
func code(s string) string { return "`" + strings.ReplaceAll(s, "|", `\|`) + "`" }

func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "[", `\[`).Replace(s)
}
