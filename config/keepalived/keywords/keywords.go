// Package keywords is a reference of what can stand in keepalived.conf: every
// keyword of keepalived 2.2.7 to 2.4.3, the words of addresses, routes and
// rules, the constructs that change how the file is read, and the words that
// people write although keepalived does not know them.
//
// The records are text, in the folder data; parse.go tells its form.
package keywords

import (
	"slices"
	"strings"
)

// Keyword is what there is to know about a word. A word that means different
// things in different blocks has a record for each meaning.
type Keyword struct {
	Name    string   `json:"keyword"`
	Blocks  []string `json:"blocks"`          // where it stands; the names are those of Blocks
	Does    string   `json:"does"`            // what it is for, one sentence
	Syntax  string   `json:"syntax"`          // values in capitals, [optional], one|other
	Default string   `json:"default"`         // without the word: "off", "none; required", a value
	Range   string   `json:"range,omitempty"` // values that are valid, with their unit
	Since   string   `json:"since,omitempty"` // version of keepalived, "" for 2.2.7 and before

	// Deprecated tells that there is a better way and what keepalived says.
	Deprecated string `json:"deprecated,omitempty"`
	// Foreign tells what keepalived does with the word, which it does not know here.
	Foreign string `json:"foreign,omitempty"`
	// Alias is the keyword of the same meaning that is written more often.
	Alias string `json:"alias,omitempty"`

	Usage   Usage    `json:"usage,omitzero"`
	Notes   []string `json:"notes,omitempty"` // fix-ups and pitfalls, each a line or two
	Example string   `json:"example"`         // one line of a file
	See     []string `json:"see,omitempty"`   // related words, each in this reference
}

// Usage is how often a word was met in public files. The zero Usage was not counted.
type Usage struct {
	Priority     string `json:"priority"`     // A often, B sometimes, C hardly ever
	Repositories int    `json:"repositories"` // of 100 small public repositories
	Files        int    `json:"files"`        // of 478 files from bug reports
	Together     bool   `json:"together,omitempty"`
	// Together: the numbers were counted for several words at once.
}

// Totals of Usage.
const (
	Repositories = 100
	Files        = 478
)

// Block is a place where words stand.
type Block struct {
	Name  string // the keyword that opens it, or a name of ours: file, root, address, route, rule, track_file_line
	About string // what it is
}

// Opens names the block whose words stand behind the keyword or between its
// braces; "" if it has none.
func (k Keyword) Opens() string {
	block := k.Name
	switch k.Name {
	case "virtual_ipaddress", "virtual_ipaddress_excluded", "static_ipaddress":
		block = "address"
	case "virtual_routes", "static_routes":
		block = "route"
	case "virtual_rules", "static_rules":
		block = "rule"
	case "lvs_method", "sorry_server_lvs_method":
		block = "lb_kind"
	case "track_file":
		switch k.Blocks[0] {
		case "FILE_CHECK":
			return ""
		case "root":
		default:
			block = "track_file_line"
		}
	}
	if k.Syntax == k.Name || len(In(block)) == 0 {
		return ""
	}
	return block
}

// All gives every record, in the order in which a manual would show them.
func All() []Keyword { return slices.Clone(data().keywords) }

// Blocks gives the places where words stand, in the order of a manual.
func Blocks() []Block { return slices.Clone(data().blocks) }

// In gives the records of one block.
func In(block string) []Keyword {
	var found []Keyword
	for _, k := range data().keywords {
		if slices.Contains(k.Blocks, block) {
			found = append(found, k)
		}
	}
	return found
}

// Find gives the records of a word, one for each of its meanings; none if it is
// not known. A word in the wrong case is found if no other is. A variable or a
// condition of a file ($VIP, @lb1) finds the construct.
func Find(name string) []Keyword {
	for _, same := range []func(a, b string) bool{sameWord, strings.EqualFold, sameConstruct} {
		var found []Keyword
		for _, k := range data().keywords {
			if same(k.Name, name) {
				found = append(found, k)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func sameWord(a, b string) bool { return a == b }

// sameConstruct tells whether a word of a file is written with a construct.
func sameConstruct(construct, word string) bool {
	switch construct {
	case "$NAME":
		return strings.HasPrefix(word, "$")
	case "@id":
		return strings.HasPrefix(word, "@")
	case "~SEQ", "~SEQx", "~LST":
		return strings.HasPrefix(word, construct+"(")
	default: // a dash would make it an option of the command line
		return construct == "-"+word
	}
}
