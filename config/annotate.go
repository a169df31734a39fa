package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// GitHub writes the diagnostics as workflow commands of GitHub Actions, one a line.
func (ds Diagnostics) GitHub() string {
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "::%s file=%s,line=%d,col=%d,title=lvsctl::%s\n",
			d.Severity, property.Replace(d.Where.File), max(d.Where.Line, 1), max(d.Where.Column, 1), message.Replace(d.sentence()))
	}
	return b.String()
}

// sentence is message and hint in one.
func (d Diagnostic) sentence() string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + "\nhint: " + d.Hint
}

// issue is one entry of a GitLab code quality report.
type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int32 `json:"begin"`
	} `json:"lines"`
}

// GitLab writes the diagnostics as a code quality report of GitLab.
func (ds Diagnostics) GitLab() ([]byte, error) {
	issues := make([]issue, 0, len(ds))
	seen := map[string]int{}
	for _, d := range ds {
		i := issue{Description: d.sentence(), CheckName: "lvsctl config check", Severity: "minor", Location: location{Path: d.Where.File}}
		if d.Severity == Error {
			i.Severity = "blocker"
		}
		i.Location.Lines.Begin = max(d.Where.Line, 1)
		// The fingerprint stays when lines above are added, and differs for a second alike.
		key := d.Where.File + "\n" + d.Message
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", key, seen[key]))
		i.Fingerprint = hex.EncodeToString(sum[:16])
		issues = append(issues, i)
	}
	return json.MarshalIndent(issues, "", "  ")
}
