package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/lvsctl/lvsctl/config/keepalived/keywords"
)

// screenWidth is the width of every terminal.
const screenWidth = 80

// maxTold is how many meanings of a keyword are told at once. Of one with more
// only the list is shown.
const maxTold = 3

// print shows the records: a list first if there are several, then one after the other.
func (e *explainer) print(w io.Writer, records []keywords.Keyword) {
	if len(records) == 1 {
		e.printKeyword(w, records[0])
		return
	}
	printMeanings(w, records)
	if len(records) > maxTold {
		printLine(w, "\nThe whole of one: lvsctl config explain "+records[0].Name+" BLOCK")
		return
	}
	for _, k := range records {
		printLine(w, "")
		e.printKeyword(w, k)
	}
}

// printMeanings lists what a keyword means in which block.
func printMeanings(w io.Writer, records []keywords.Keyword) {
	column := 0
	for _, k := range records {
		column = max(column, len("  "+shortBlocks(k.Blocks)+"  "))
	}
	printLine(w, records[0].Name+" means different things in")
	for _, k := range records {
		printColumns(w, column, shortBlocks(k.Blocks), k.Does)
	}
}

// printKeyword shows one record, on one screen.
func (e *explainer) printKeyword(w io.Writer, k keywords.Keyword) {
	for _, line := range wrap(k.Name+" ("+strings.Join(k.Blocks, ", ")+")", screenWidth) {
		printLine(w, line)
	}
	for _, line := range wrap(k.Does, screenWidth-2) {
		printLine(w, "  "+line)
	}
	printLine(w, "")
	printField(w, "syntax", k.Syntax)
	printField(w, "default", k.Default)
	printField(w, "range", k.Range)
	printField(w, "since", k.Since)
	printField(w, "keepalived", k.Foreign)
	printField(w, "deprecated", k.Deprecated)
	printField(w, "the same as", k.Alias)
	printField(w, "lvsctl", e.useText(k))
	printField(w, "met in", usageText(k.Usage))
	printField(w, "example", k.Example)
	printField(w, "inside", inside(k))
	for _, note := range k.Notes {
		printField(w, "note", note)
	}
	printField(w, "see also", strings.Join(k.See, ", "))
}

// labelWidth is the column of the values.
const labelWidth = 14

// printField shows a value behind its label, nothing if it is empty.
func printField(w io.Writer, label, value string) { printColumns(w, labelWidth, label, value) }

func printColumns(w io.Writer, column int, label, value string) {
	for i, line := range wrap(value, screenWidth-column) {
		if i > 0 {
			label = ""
		}
		printLine(w, fmt.Sprintf("%-*s%s", column, "  "+label, line))
	}
}

// shortBlocks names the first of several blocks.
func shortBlocks(blocks []string) string {
	if len(blocks) == 1 {
		return blocks[0]
	}
	return blocks[0] + " ..."
}

// useText is what lvsctl does with a keyword, block by block where it differs.
func (e *explainer) useText(k keywords.Keyword) string {
	var uses []string
	in := map[string][]string{}
	for _, b := range k.Blocks {
		use := e.useOf(b, k.Name)
		if use != "" && in[use] == nil {
			uses = append(uses, use)
		}
		in[use] = append(in[use], b)
	}
	if len(uses) == 1 && in[""] == nil {
		return uses[0]
	}
	for i, use := range uses {
		uses[i] = use + " in " + strings.Join(in[use], ", ")
	}
	return strings.Join(uses, "; ")
}

func usageText(u keywords.Usage) string {
	if u.Priority == "" {
		return ""
	}
	text := fmt.Sprintf("%d of %d repositories, %d of %d files of bug reports", u.Repositories, keywords.Repositories, u.Files, keywords.Files)
	if u.Together {
		text += " (with words like it)"
	}
	return text
}

// maxInside is how many keywords of a block are shown with the block itself.
const maxInside = 12

// inside names words of the block that a keyword opens.
func inside(k keywords.Keyword) string {
	var names []string
	for _, in := range keywords.In(k.Opens()) {
		names = append(names, in.Name)
	}
	if more := len(names) - maxInside; more > 0 {
		names = append(names[:maxInside], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// wrap breaks a text at blanks into lines of at most width columns. A longer word stands alone.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}
