package config

import (
	"fmt"
	"strconv"
	"strings"
)

// StatusRange are HTTP status codes from Low to High.
type StatusRange struct{ Low, High uint16 }

// StatusSet are HTTP status codes, 100 to 599.
type StatusSet []StatusRange

// DefaultStatus is what counts as good if nothing else is said.
func DefaultStatus() StatusSet { return StatusSet{{200, 299}} }

// Has tells whether a code is in the set.
func (s StatusSet) Has(code int) bool {
	for _, r := range s {
		if int(r.Low) <= code && code <= int(r.High) {
			return true
		}
	}
	return false
}

// String writes the set as "200,300-399".
func (s StatusSet) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = strconv.Itoa(int(r.Low))
		if r.High != r.Low {
			parts[i] += "-" + strconv.Itoa(int(r.High))
		}
	}
	return strings.Join(parts, ",")
}

// MarshalText writes the set as String does.
func (s StatusSet) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads codes and ranges, with commas or blanks between them.
func (s *StatusSet) UnmarshalText(text []byte) error {
	var set StatusSet
	for part := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == ',' || r == ' ' }) {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		l, err1 := strconv.ParseUint(low, 10, 16)
		h, err2 := strconv.ParseUint(high, 10, 16)
		if err1 != nil || err2 != nil || l < 100 || h > 599 || l > h {
			return fmt.Errorf("%q is no HTTP status code from 100 to 599, and no range of them", part)
		}
		set = append(set, StatusRange{uint16(l), uint16(h)})
	}
	if len(set) == 0 {
		return fmt.Errorf("no HTTP status code")
	}
	*s = set
	return nil
}
