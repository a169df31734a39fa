package config

// services resolves virtual servers, their real servers and checks.
func (r *resolver) services() { r.part = VirtualServers }
