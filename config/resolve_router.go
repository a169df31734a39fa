package config

// global fills in the defaults of the whole host.
func (r *resolver) global() {}

// trackers resolves scripts, track files, processes and BFD sessions.
func (r *resolver) trackers() { r.part = VirtualRouters }

// routers resolves virtual routers and sync groups.
func (r *resolver) routers() { r.part = VirtualRouters }
