package keepalived

import (
	"strings"
	"testing"
)

// TestDocs checks that the page of keywords names every keyword that lvsctl acts on or refuses.
func TestDocs(t *testing.T) {
	page := readFileString(t, "../../docs/keepalived-keywords.md")
	checkDocumented(t, page, rootTable())
	checkDocumented(t, page, globalTable())
	checkDocumented(t, page, instanceTable())
	checkDocumented(t, page, virtualServerTable())
	checkDocumented(t, page, realServerTable())
	checkDocumented(t, page, urlTable())
	checkDocumented(t, page, tlsTable())
	for _, k := range checkKinds() {
		checkDocumented(t, page, tableOfCheck(k))
	}
}

func checkDocumented[T any](t *testing.T, page string, table table[T]) {
	t.Helper()
	for name, w := range table.rows {
		if w.read != nil && w.foreign == "" && !strings.Contains(page, "`"+name+"`") && !strings.Contains(page, "`"+name+" ") {
			t.Errorf("docs/keepalived-keywords.md does not name %s of %s", name, table.name)
		}
	}
}

// TestTables checks the rows themselves: each keyword once, and only one treatment.
func TestTables(t *testing.T) {
	total := checkTable(t, rootTable()) + checkTable(t, globalTable()) + checkTable(t, instanceTable()) + checkTable(t, virtualServerTable()) +
		checkTable(t, realServerTable()) + checkTable(t, urlTable()) + checkTable(t, tlsTable()) + checkTable(t, hostTable())
	for _, k := range checkKinds() {
		total += checkTable(t, tableOfCheck(k))
	}
	if total < 280 {
		t.Errorf("only %d keywords are known", total)
	}
	t.Logf("%d keywords", total)
}

func checkTable[T any](t *testing.T, table table[T]) int {
	t.Helper()
	for i, name := range table.known {
		if i > 0 && table.known[i-1] == name {
			t.Errorf("%s: %s has two rows", table.name, name)
		}
	}
	for name, w := range table.rows {
		if w.read != nil && w.note != "" || w.foreign != "" && w.note != "" {
			t.Errorf("%s: %s has two treatments", table.name, name)
		}
	}
	return len(table.known)
}
