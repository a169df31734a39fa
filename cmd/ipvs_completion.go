package cmd

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
)

// complete offers values of a flag. What cannot be found out offers nothing.
func (v *verbs) complete(c *cobra.Command, flag string, values func(*cobra.Command) []string) {
	completeFlag(c, flag, values)
}

// completeFlag offers values of a flag.
func completeFlag(c *cobra.Command, flag string, values func(*cobra.Command) []string) {
	// The only error is a flag that does not exist or has values already; the test
	// of completion would miss the values.
	_ = c.RegisterFlagCompletionFunc(flag, func(c *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var out []cobra.Completion
		for _, value := range values(c) {
			if strings.HasPrefix(value, prefix) {
				out = append(out, value)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeServices offers live services to the flags that name one.
func (v *verbs) completeServices(c *cobra.Command) {
	for flag, protocol := range map[string]string{"tcp-service": "tcp", "udp-service": "udp", "sctp-service": "sctp", "fwmark-service": "fwm"} {
		v.complete(c, flag, func(*cobra.Command) []string { return v.services(protocol) })
	}
}

// completeSettings offers what services are set up with.
func (v *verbs) completeSettings(c *cobra.Command) {
	for flag, values := range map[string][]string{
		"scheduler":   {"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"},
		"pe":          {"sip"},
		"sched-flags": {"sh-fallback", "sh-port", "mh-fallback", "mh-port", "flag-1", "flag-2", "flag-3"},
		"tun-type":    {"ipip", "gue", "gre"},
	} {
		v.complete(c, flag, func(*cobra.Command) []string { return values })
	}
}

// table reads the table, nothing if that fails.
func (v *verbs) table() (t ipvs.Table) {
	err := v.with(func(c *ipvs.Client) (err error) { t, err = c.Read(ipvs.Plain); return err })
	if err != nil {
		t, _, _, err = v.proc(v.netns)
	}
	if err != nil {
		return nil
	}
	return t
}

// services are the names of the services of a protocol.
func (v *verbs) services(protocol string) (names []string) {
	for _, s := range (filter{protocol: protocol}).table(v.table()) {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(serviceWord(s.ServiceKey), protocol+" "), " IPv6"))
	}
	return names
}

// servers are the real servers of the services that the command line names so far.
func (v *verbs) servers(c *cobra.Command) (names []string) {
	f := filter{}
	if options := given(c); hasAny(options, serviceOptions...) {
		op, err := v.named(c, only(options, serviceOptions...))
		if err != nil {
			return nil
		}
		f.service = &op.Service.ServiceKey
	}
	seen := map[string]bool{}
	for _, s := range f.table(v.table()) {
		for _, d := range s.Destinations {
			if name := d.Address.String(); !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// namespaces are those that ip-netns(8) knows.
func (v *verbs) namespaces(*cobra.Command) (names []string) {
	entries, err := os.ReadDir("/run/netns")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
