package keepalived

import (
	"iter"
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// rootTable is the top level of the file.
var rootTable = sync.OnceValue(func() table[config.Config] {
	return newTable("",
		globalRows(),
		routerRows(),
		serviceRows(),
	)
})

// readRoot fills the model from the statements of the top level, which come one
// after the other: a large file is never in memory as a tree. It ends with what
// can only be judged when all is read.
func (r *reader) readRoot(statements iter.Seq[*statement]) {
	root := &block{statements: make([]statement, 1)}
	for s := range statements {
		root.statements[0] = *s
		readBlock(r, rootTable(), root, &r.config)
	}
	r.resolve()
}

// resolve fills in what was not written.
func (r *reader) resolve() {
	for _, d := range config.Resolve(&r.config, config.Options{KeepalivedCompat: r.compat}) {
		r.part = d.Part
		r.report(d.Severity, d.Where, d.Hint, "%s", d.Message)
	}
	r.part = config.Whole
}

// part makes what is said about a block concern that part alone.
func part(p config.Part, rows ...row[config.Config]) []row[config.Config] {
	for i, w := range rows {
		if w.read == nil {
			continue
		}
		rows[i].read = func(r *reader, s *statement, to *config.Config) {
			r.part = p
			w.read(r, s, to)
			r.part = config.Whole
		}
	}
	return rows
}
