package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/keywords"
)

// explainer tells what a keyword of keepalived.conf means.
type explainer struct {
	Streams
	// use tells what lvsctl does with a keyword of a block; nil or "": nothing is said about it.
	use    func(block, keyword string) string
	output string
}

func newConfigExplain(s Streams) *cobra.Command {
	return (&explainer{Streams: s, use: keywordUse}).command()
}

func (e *explainer) command() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain [KEYWORD [BLOCK]]",
		Short: "Tell what a keyword of keepalived.conf means",
		Long: `Tell what a keyword of keepalived.conf means: syntax, default, valid values, an
example, pitfalls, and how often it is met in public files. A keyword that means
different things in different blocks is told for each; BLOCK picks one. Without
KEYWORD all are listed, block by block.

The words of addresses, routes and rules are there too, and what changes how the
file is read: include, '$NAME', '@id', '~SEQ', '~LST'.

Exit status: 0 told, 1 there is no such keyword, 2 wrong usage.`,
		Example: `  lvsctl config explain nopreempt
  lvsctl config explain weight real_server
  lvsctl config explain '~SEQ'
  lvsctl config explain -o json priority`,
		Args:              usageArgs(cobra.MaximumNArgs(2)),
		ValidArgsFunction: completeKeywords,
		RunE:              func(_ *cobra.Command, args []string) error { return e.run(args) },
	}
	addOutput(c, &e.output)
	return c
}

// completeKeywords offers keywords, and then the blocks that have the one given.
func completeKeywords(_ *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words, fitting []string
	switch len(args) {
	case 0:
		words = keywords.Names()
	case 1:
		words = blocksOf(keywords.Find(args[0]))
	}
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			fitting = append(fitting, w)
		}
	}
	return fitting, cobra.ShellCompDirectiveNoFileComp
}

func blocksOf(records []keywords.Keyword) []string {
	var blocks []string
	for _, k := range records {
		blocks = append(blocks, k.Blocks...)
	}
	return blocks
}

func (e *explainer) run(args []string) error {
	if len(args) == 0 {
		return e.list()
	}
	records, err := find(args)
	if err != nil {
		return err
	}
	if e.output == "json" {
		return printAs(e.Out, e.output, e.withUse(records), nil)
	}
	return printAs(e.Out, e.output, records, func(tw *tabwriter.Writer) { e.print(tw, records) })
}

// find gives the records of a keyword, of one block if that is named.
func find(args []string) ([]keywords.Keyword, error) {
	records := keywords.Find(args[0])
	if len(records) == 0 {
		return nil, noKeyword(args[0])
	}
	if len(args) == 1 {
		return records, nil
	}
	var there []keywords.Keyword
	for _, k := range records {
		if slices.Contains(k.Blocks, args[1]) {
			k.Blocks = args[1:]
			there = append(there, k)
		}
	}
	if len(there) == 0 {
		return nil, unknownKeyword{
			what: fmt.Sprintf("%s is no keyword of %q", records[0].Name, args[1]),
			hint: "it is one of " + strings.Join(blocksOf(records), ", "),
		}
	}
	return there, nil
}

// unknownKeyword is a keyword that there is not, or not in that block.
type unknownKeyword struct{ what, hint string }

func (u unknownKeyword) Error() string { return u.what }
func (u unknownKeyword) Hint() string  { return u.hint }

func noKeyword(word string) error {
	hint := "lvsctl config explain lists all keywords"
	if near := keywords.Near(word); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return unknownKeyword{what: fmt.Sprintf("%q is no keyword of keepalived.conf", word), hint: hint}
}

// explained is a record as JSON shows it.
type explained struct {
	keywords.Keyword
	Use map[string]string `json:"lvsctl,omitempty"` // what lvsctl does with it, by block
}

func (e *explainer) withUse(records []keywords.Keyword) []explained {
	all := make([]explained, 0, len(records))
	for _, k := range records {
		x := explained{Keyword: k, Use: map[string]string{}}
		for _, b := range k.Blocks {
			if use := e.useOf(b, k.Name); use != "" {
				x.Use[b] = use
			}
		}
		all = append(all, x)
	}
	return all
}

func (e *explainer) useOf(block, keyword string) string {
	if e.use == nil {
		return ""
	}
	return e.use(block, keyword)
}

// list shows every block with its keywords.
func (e *explainer) list() error {
	type listed struct {
		Block    string   `json:"block"`
		About    string   `json:"about"`
		Keywords []string `json:"keywords"`
	}
	var all []listed
	for _, b := range keywords.Blocks() {
		l := listed{Block: b.Name, About: b.About}
		for _, k := range keywords.In(b.Name) {
			l.Keywords = append(l.Keywords, k.Name)
		}
		if len(l.Keywords) > 0 {
			all = append(all, l)
		}
	}
	return printAs(e.Out, e.output, all, func(tw *tabwriter.Writer) {
		for i, l := range all {
			if i > 0 {
				printLine(tw, "")
			}
			for _, line := range wrap(l.Block+": "+l.About, screenWidth) {
				printLine(tw, line)
			}
			for _, line := range wrap(strings.Join(l.Keywords, " "), screenWidth-2) {
				printLine(tw, "  "+line)
			}
		}
	})
}

// printLine writes a line. A tabwriter keeps an error for its Flush.
func printLine(w io.Writer, line string) { _, _ = fmt.Fprintln(w, line) }

// keywordUse tells what lvsctl does with a keyword of a block.
func keywordUse(block, keyword string) string {
	uses := config.UsesOf()
	if block == "file" { // how the file is read
		return config.Use{}.String()
	}
	if isGapCheck(block) || isGapCheck(keyword) {
		return config.Use{Gap: true}.String()
	}
	for _, at := range [][2]string{{block, keyword}, modelPlace(block, keyword)} {
		if use, known := uses[at[0]][at[1]]; known {
			return use.String()
		}
	}
	return "known by name, not used"
}

// modelPlace is where the model has a word of a block that it does not know as one.
func modelPlace(block, keyword string) [2]string {
	switch block {
	case "root":
		return [2]string{"global_defs", keyword}
	case "lb_kind":
		return [2]string{"virtual_server", keyword}
	case "address":
		return [2]string{"virtual_ipaddress", keyword}
	case "route":
		return [2]string{"vrrp_instance", "virtual_routes"}
	case "rule":
		return [2]string{"vrrp_instance", "virtual_rules"}
	default:
		return [2]string{}
	}
}

// isGapCheck tells of a health check that lvsctl watch does not do yet, and of a part of one.
func isGapCheck(name string) bool {
	switch name {
	case "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "UDP_CHECK", "PING_CHECK", "BFD_CHECK", "FILE_CHECK", "host", "url":
		return true
	}
	return false
}
