//go:build !linux

package ipvs

// DialIn is Dial in another network namespace. Only Linux has them.
func DialIn(string) (*Client, error) { return Dial() }
