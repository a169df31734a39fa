package config

// Explicit writes into a resolved configuration what keepalived makes of what is
// missing in it, where reading it strictly would ask for that (Options.Strict).
// What is wrong otherwise stays so.
func Explicit(c *Config) {
	for i := range c.VirtualRouters {
		v := &c.VirtualRouters[i]
		if len(v.Addresses) == 0 {
			v.NoAddresses = Write(true, v.Where)
		}
		if v.State.V == StateMaster {
			settle(&v.Priority, v.Where)
		}
	}
	for i := range c.VirtualServers {
		s := &c.VirtualServers[i]
		settle(&s.Scheduler, s.Where)
		settle(&s.Forwarding.Method, s.Where)
		if !s.FWMark.IsSet() {
			settle(&s.Protocol, s.Where)
		}
	}
}

// settle makes a default a value that was written.
func settle[T any](v *Value[T], where Position) {
	if v.State == Default {
		*v = Write(v.V, where)
	}
}
