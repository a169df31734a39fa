package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// rootTable is the top level of the file.
var rootTable = sync.OnceValue(func() table[config.Config] {
	return newTable("",
		[]row[config.Config]{
			{names: "global_defs", block: true, read: readGlobal},
			{names: "vrrp_instance", block: true, read: part(config.VirtualRouters, readInstance)},
			{names: "virtual_server", block: true, read: part(config.VirtualServers, readVirtualServer)},

			{names: "net_namespace", refuse: "addresses and services would be set in the wrong network namespace"},
			{names: "net_namespace_ipvs", refuse: "services would be set in the wrong network namespace"},

			{names: "vrrp_sync_group", note: "its instances change state each on its own"},
			{names: "vrrp_script", note: "the script does not run, so its failure does not move the addresses"},
			{names: "track_file vrrp_track_file", note: "the file does not change priorities or weights"},
			{names: "vrrp_track_process", note: "a missing process does not move the addresses"},
			{names: "bfd_instance", note: "no BFD session is kept"},
			{names: "static_ipaddress", note: "the addresses are not set"},
			{names: "static_routes", note: "the routes are not set"},
			{names: "static_rules", note: "the rules are not set"},
			{names: "SSL"},
			{names: "virtual_server_group"},
		},
		unused[config.Config]("", `linkbeat_use_polling linkbeat_interfaces interface_up_down_delays
		track_group garp_group instance use_pid_dir namespace_with_ipsets child_wait_time`),
	)
})

// readRoot fills the model from the whole file. It ends with what can only be
// judged when all is read.
func (r *reader) readRoot(b *block) {
	readBlock(r, rootTable(), b, &r.config)
	r.part = config.VirtualRouters
	r.checkRouterIDs()
}

// part makes what is said about a block concern that part alone.
func part(p config.Part, read func(*reader, *statement, *config.Config)) func(*reader, *statement, *config.Config) {
	return func(r *reader, s *statement, to *config.Config) {
		r.part = p
		read(r, s, to)
		r.part = config.Whole
	}
}
