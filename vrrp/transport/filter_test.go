package transport

import (
	"testing"

	"golang.org/x/net/bpf"
)

// passes runs a filter in the virtual machine of package bpf.
func passes(t *testing.T, k Kind, in Interest, p []byte) bool {
	t.Helper()
	vm, err := bpf.NewVM(Filter(k, in))
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(p)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// packetTo is a packet as the filter of a socket sees it, with so many bytes of IP options.
func packetTo(k Kind, version, id byte, options int) []byte {
	var p []byte
	if k != VRRP6 {
		p = make([]byte, 20+options)
		p[0] = byte(0x40 | len(p)/4)
	}
	if k == AH4 {
		p = append(p, make([]byte, 24)...)
	}
	return append(p, version<<4|1, id, 100, 1, 0, 1, 0, 0)
}

// Every identifier is let through exactly if it is of interest.
func TestFilterKnowsIdentifiers(t *testing.T) {
	sets := map[string]func(id int) bool{
		"none":        func(int) bool { return false },
		"51":          func(id int) bool { return id == 51 },
		"255":         func(id int) bool { return id == 255 },
		"even":        func(id int) bool { return id%2 == 0 },
		"every third": func(id int) bool { return id%3 == 1 },
		"all but 1":   func(id int) bool { return id != 1 },
	}
	for name, has := range sets {
		var in Interest
		for id := range in.IDs {
			in.IDs[id] = has(id)
		}
		for _, k := range []Kind{VRRP4, AH4, VRRP6} {
			for id := range in.IDs {
				for _, version := range []byte{2, 3} {
					if got := passes(t, k, in, packetTo(k, version, byte(id), 0)); got != has(id) {
						t.Fatalf("%s, kind %d, version %d: id %d passes: %v", name, k, version, id, got)
					}
				}
			}
		}
	}
}

func TestFilterDropsWhatIsNoAdvertisement(t *testing.T) {
	in := Interest{EveryID: true}
	for _, k := range []Kind{VRRP4, AH4, VRRP6} {
		for version := range byte(16) {
			if got, want := passes(t, k, in, packetTo(k, version, 7, 0)), version == 2 || version == 3; got != want {
				t.Errorf("kind %d, version %d passes: %v", k, version, got)
			}
		}
		whole := packetTo(k, 2, 7, 0)
		for n := range len(whole) - 6 { // up to the identifier
			if passes(t, k, in, whole[:n]) {
				t.Errorf("kind %d: %d bytes pass", k, n)
			}
		}
	}
	for _, options := range []int{4, 40} {
		if !passes(t, VRRP4, in, packetTo(VRRP4, 3, 7, options)) {
			t.Errorf("not found behind %d bytes of options", options)
		}
	}
}
