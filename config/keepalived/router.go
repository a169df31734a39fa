package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// routerRows are the blocks of the top level about virtual routers.
func routerRows() []row[config.Config] {
	return part(config.VirtualRouters)
}

// instanceTable is vrrp_instance.
var instanceTable = sync.OnceValue(func() table[config.VirtualRouter] {
	return newTable[config.VirtualRouter]("vrrp_instance")
})

// addRouterHomes notes where the keywords of these blocks belong.
func addRouterHomes(homes map[string]string) {
	addHomes(homes, "into", instanceTable())
}
