package ipvsadm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// Servers may be named in any order, and every one belongs to its own service;
// however many a service has, a second one with the same address is told of.
func TestReadRulesInAnyOrder(t *testing.T) {
	var inTurn []string
	for s := range 3 {
		inTurn = append(inTurn, fmt.Sprintf("-A -t 192.0.2.%d:80 -s rr", s))
	}
	for d := range 40 {
		for s := range 3 {
			inTurn = append(inTurn, fmt.Sprintf("-a -t 192.0.2.%d:80 -r 10.0.%d.%d:80 -g -w %d", s, s, d+1, d))
		}
	}
	byService := slices.Clone(inTurn)
	slices.SortStableFunc(byService[3:], func(a, b string) int { return strings.Compare(a[:20], b[:20]) })
	for name, rules := range map[string][]string{"in turn": inTurn, "by service": byService} {
		table, err := ipvsadm.ReadRules(strings.Join(rules, "\n"), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for s, service := range table {
			for d, server := range service.Destinations {
				want := fmt.Sprintf("10.0.%d.%d:80", s, d+1)
				if len(service.Destinations) != 40 || server.Address.String() != want || server.Weight != uint32(d) {
					t.Errorf("%s: server %d of %d of service %d is %s with weight %d", name, d, len(service.Destinations), s, server.Address, server.Weight)
				}
			}
		}
		for _, again := range []int{3, 50, len(rules) - 1} {
			_, err := ipvsadm.ReadRules(strings.Join(append(slices.Clone(rules), rules[again]), "\n"), nil)
			var line *ipvsadm.LineError
			if !errors.Is(err, ipvs.ErrDestinationExists) || !errors.As(err, &line) || line.Line != len(rules)+1 {
				t.Errorf("%s: line %d again: %v", name, again+1, err)
			}
		}
	}
}
