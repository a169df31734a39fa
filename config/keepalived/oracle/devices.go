package oracle

import (
	"regexp"
	"slices"
	"strings"
)

// deviceKeywords are those that the name of an interface follows.
var deviceKeywords = []string{"interface", "dev", "default_interface", "lvs_sync_daemon_interface", "lvs_sync_daemon", "bind_if"}

// deviceBlocks are blocks whose lines begin with the name of an interface.
var deviceBlocks = []string{"track_interface", "interface_up_down_delays", "linkbeat_interfaces", "interfaces"}

// ownDevices are keywords of interfaces that keepalived makes itself.
var ownDevices = []string{"use_vmac", "use_ipvlan", "use_vmac_addr"}

var deviceName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}$`)

// Devices gives the interfaces that a configuration names, as far as they can be
// told without reading variables, sorted.
func Devices(text string) []string {
	found, own := map[string]bool{}, map[string]bool{"lo": true}
	inBlock := false
	for line := range strings.Lines(text) {
		var words []string
		for _, w := range wordsOf(line) {
			words = append(words, strings.Trim(w.in(line), `"`))
		}
		for i, word := range words {
			switch {
			case slices.Contains(deviceBlocks, word):
				inBlock = true
			case word == "}":
				inBlock = false
			case inBlock && word != "{" && (i == 0 || words[i-1] == "{"):
				found[word] = true
			case i+1 < len(words) && slices.Contains(deviceKeywords, word):
				found[words[i+1]] = true
			case i+1 < len(words) && slices.Contains(ownDevices, word):
				own[words[i+1]] = true
			}
		}
	}
	return names(found, own)
}

func names(found, own map[string]bool) (out []string) {
	for name := range found {
		if deviceName.MatchString(name) && !own[name] && !strings.HasPrefix(name, "vrrp.") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

var missingDevice = regexp.MustCompile(`(?i)specifies interface (\S+) which doesn't currently exist|interface '?([^\s']+?)'?,? .*(?:doesn't|does not) exist|interface '?([^\s']+?)'? for|^.*interface (\S+) not found`)

// missing gives the interfaces that keepalived did not find, but for those that it
// makes itself.
func missing(log []string, text string) []string {
	found, own := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text) {
		words := wordsOf(line)
		for i := 1; i < len(words); i++ {
			if slices.Contains(ownDevices, words[i-1].in(line)) {
				own[words[i].in(line)] = true
			}
		}
	}
	for _, line := range log {
		for _, name := range missingDevice.FindStringSubmatch(line) {
			found[name] = true
		}
	}
	return names(found, own)
}
