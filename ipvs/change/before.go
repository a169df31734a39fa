package change

import "github.com/lvsctl/lvsctl/ipvs"

// Before finds what operations are about in the table as it was.
type Before map[ipvs.ServiceKey]*ipvs.ServiceEntry

// NewBefore takes in the services that ops are about.
func NewBefore(have ipvs.Table, ops []ipvs.Op) Before {
	b := make(Before)
	for i := range ops {
		b[ops[i].Service.ServiceKey] = nil
	}
	for i := range have {
		if _, wanted := b[have[i].ServiceKey]; wanted {
			b[have[i].ServiceKey] = &have[i]
		}
	}
	return b
}

// Service is a service as it was, false if there was none.
func (b Before) Service(k ipvs.ServiceKey) (ipvs.ServiceEntry, bool) {
	if b[k] == nil {
		return ipvs.ServiceEntry{}, false
	}
	return *b[k], true
}

// Server is a server as it was, false if there was none.
func (b Before) Server(k ipvs.ServiceKey, d ipvs.Destination) (ipvs.Destination, bool) {
	if s := b[k]; s != nil {
		for i := range s.Destinations {
			if s.Destinations[i].Address == d.Address {
				return s.Destinations[i].Destination, true
			}
		}
	}
	return ipvs.Destination{}, false
}
