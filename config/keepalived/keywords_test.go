package keepalived

import (
	"maps"
	"slices"
	"testing"

	"github.com/lvsctl/lvsctl/config/keepalived/keywords"
)

// knownTable is a table of the adapter, without its types.
type knownTable struct {
	name    string   // the block; "root" is the top level
	known   []string // what keepalived knows there
	foreign []string // what people write there although it does not
}

// allTables are the tables of the adapter. A new table belongs here.
func allTables() []knownTable {
	return []knownTable{
		namesOf("root", rootTable()),
		namesOf("global_defs", globalTable()),
		namesOf("vrrp_instance", instanceTable()),
		namesOf("virtual_server", virtualServerTable()),
	}
}

func namesOf[T any](block string, t table[T]) knownTable {
	k := knownTable{name: block, known: t.known}
	for _, name := range slices.Sorted(maps.Keys(t.rows)) {
		if t.rows[name].foreign != "" {
			k.foreign = append(k.foreign, name)
		}
	}
	return k
}

// noRow are the words of the reference that the adapter reads without a row.
var noRow = map[string]bool{}

// TestKeywords checks the tables against the reference of keywords: what the
// adapter knows has a record, and the other way round.
func TestKeywords(t *testing.T) {
	for _, table := range allTables() {
		records := map[string]keywords.Keyword{}
		for _, k := range keywords.In(table.name) {
			records[k.Name] = k
		}
		if len(records) == 0 {
			t.Errorf("the reference has no block %s", table.name)
		}
		for _, name := range slices.Concat(table.known, table.foreign) {
			k, ok := records[name]
			if !ok {
				t.Errorf("%s of %s has no record in config/keepalived/keywords/data", name, table.name)
			} else if foreign := slices.Contains(table.foreign, name); foreign != (k.Foreign != "") {
				t.Errorf("%s of %s: foreign is %t for the adapter, %q in the reference", name, table.name, foreign, k.Foreign)
			}
		}
		if len(table.known) == 0 {
			t.Logf("%s has no rows yet", table.name)
			continue
		}
		for name := range records {
			if !slices.Contains(table.known, name) && !slices.Contains(table.foreign, name) && !noRow[table.name+" "+name] {
				t.Errorf("the adapter does not know %s of %s", name, table.name)
			}
		}
	}
}
