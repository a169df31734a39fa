package ipvs

// ProbeTunnels is probeTunnels for tests that bring a kernel of ipvstest, which
// tests inside the package cannot import. It tells whether the kernel knows GUE,
// and whether it knows GRE and checksums.
func ProbeTunnels(c *Client) (gue, gre bool) {
	r := probeTunnels(c, release{4, 18})
	return !r.before(linuxGUE), !r.before(linuxGRE)
}

// DialConn is the connection of Dial, for tests that listen in.
func DialConn() (Conn, error) { return dial() }
