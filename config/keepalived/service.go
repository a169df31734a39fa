package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// realServerBlock opens a real server. An unknown block in it may have been meant
// as a health check.
const realServerBlock = "real_server"

// serviceRows are the blocks of the top level about virtual servers.
func serviceRows() []row[config.Config] {
	return part(config.VirtualServers)
}

// virtualServerTable is virtual_server.
var virtualServerTable = sync.OnceValue(func() table[config.VirtualServer] {
	return newTable[config.VirtualServer]("virtual_server")
})

// addServiceHomes notes where the keywords of these blocks belong.
func addServiceHomes(homes map[string]string) {
	addHomes(homes, "into", virtualServerTable())
}
