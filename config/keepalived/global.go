package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// globalRows are global_defs and the single keywords of the top level.
func globalRows() []row[config.Config] { return nil }

// globalTable is global_defs.
var globalTable = sync.OnceValue(func() table[config.Global] {
	return newTable[config.Global]("global_defs")
})
