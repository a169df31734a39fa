// Package labtest gives tests a virtual server table of their own in a kernel with
// IPVS.
package labtest

import (
	"testing"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/ipvs"
)

// Kernel makes a network namespace, with a client that lives in it. Both end with
// the test.
func Kernel(t testing.TB) (*lab.Namespace, *ipvs.Client) {
	t.Helper()
	ns, err := lab.NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	client := Dial(t, ns)
	// A namespace may outlive its test, in a thread that Go cannot end. An empty
	// table at least holds no scheduler's module.
	t.Cleanup(func() { _ = client.Apply(ipvs.Op{Kind: ipvs.Flush}) })
	return ns, client
}

// Dial gives one more client in a namespace.
func Dial(t testing.TB, ns *lab.Namespace) *ipvs.Client {
	t.Helper()
	var client *ipvs.Client
	if err := ns.Do(func() (err error) { client, err = ipvs.Dial(); return err }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
