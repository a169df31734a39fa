//go:build !linux

package ipvs

// ReadProcFile is ReadProc on /proc/net/ip_vs, which only Linux has.
func ReadProcFile(string) (t Table, info Info, missing []string, err error) {
	return nil, Info{}, nil, ErrNoModule
}
