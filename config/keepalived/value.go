package keepalived

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// numberStyle is how keepalived treats a number with something behind it.
type numberStyle int

const (
	exact    numberStyle = iota // "100," is no number
	tolerant                    // "3s" counts as 3, with a warning
)

// number reads a decimal number from low to high. If it is none, it warns that
// instead is what happens and gives false.
func (r *reader) number(w word, low, high uint64, style numberStyle, instead string) (uint64, bool) {
	text := unsigned(w)
	digits := leading(text, isDigit)
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case digits == "" || digits != text && style == exact:
		r.warn(w.at, "", "%s is not a number: %s", quote(w.text), instead)
		return 0, false
	case err != nil || n < low || n > high:
		r.warn(w.at, "", "%s is not in the range %d to %d: %s", quote(w.text), low, high, instead)
		return 0, false
	case digits != text:
		r.warn(w.at, "write only the number", "%s is not a number: read as %s, as keepalived does", quote(w.text), digits)
	}
	return n, true
}

// integer reads a decimal number from low to high, which may be negative.
func (r *reader) integer(w word, low, high int64, style numberStyle, instead string) (int64, bool) {
	if low >= 0 {
		n, ok := r.number(w, uint64(low), uint64(high), style, instead)
		return int64(n), ok
	}
	sign, positive := int64(1), word{text: strings.TrimLeft(w.text, " \t"), at: w.at}
	if strings.HasPrefix(positive.text, "-") {
		sign, positive.text = -1, positive.text[1:]
	}
	digits := leading(unsigned(positive), isDigit)
	n, err := strconv.ParseInt(digits, 10, 64)
	if digits != "" && (err != nil || sign*n < low || sign*n > high) {
		r.warn(w.at, "", "%s is not in the range %d to %d: %s", quote(w.text), low, high, instead)
		return 0, false
	}
	m, ok := r.number(positive, 0, math.MaxInt64, style, instead)
	return sign * int64(m), ok
}

// maxTimer is the longest time that keepalived's 32 bit timers hold.
const maxTimer = math.MaxUint32 * time.Microsecond

// maxDelay bounds the timers that are wider in keepalived. A year is enough.
const maxDelay = 366 * 24 * time.Hour

// unsigned is the text of a number without the blanks and the sign that
// keepalived allows before it.
func unsigned(w word) string { return strings.TrimPrefix(strings.TrimLeft(w.text, " \t"), "+") }

// duration reads decimal seconds from low to high, with a resolution of one
// microsecond, rounded like keepalived does. With a unit behind it keepalived
// reads the number as microseconds, which nobody can mean: it is ignored then.
func (r *reader) duration(w word, low, high time.Duration, instead string) (time.Duration, bool) {
	text := unsigned(w)
	number := leading(text, func(c byte) bool { return isDigit(c) || c == '.' })
	d, places, ok := parseSeconds(number)
	switch {
	case !ok || number != text:
		hint := ""
		if ok {
			hint = "write the seconds without unit: " + number
		}
		r.warn(w.at, hint, "%s is not a time in seconds: %s", quote(w.text), instead)
		return 0, false
	case d < low || d > high:
		r.warn(w.at, "", "%s is not in the range of %s to %s seconds: %s", quote(w.text), seconds(low), seconds(high), instead)
		return 0, false
	case places > 6:
		r.warn(w.at, "", "%s has more than six decimal places: rounded to %s", quote(w.text), seconds(d))
	}
	return d, true
}

// parseSeconds reads "3", "0.5", ".5", "3." and gives the number of decimal places.
func parseSeconds(s string) (d time.Duration, places int, ok bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if whole == "" && fraction == "" || strings.Contains(fraction, ".") {
		return 0, 0, false
	}
	n, err := strconv.ParseUint("0"+whole, 10, 64)
	if err != nil || n > uint64(math.MaxInt64/time.Second)-1 {
		return math.MaxInt64, 0, true // out of every range
	}
	padded := (fraction + "0000000")[:7]
	micro, err := strconv.ParseUint(padded, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	micro = (micro + 5) / 10
	return time.Duration(n)*time.Second + time.Duration(micro)*time.Microsecond, len(fraction), true
}

// seconds writes a duration as keepalived.conf has it.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// leading is the longest start of s whose bytes all belong.
func leading(s string, belongs func(byte) bool) string {
	for i := range len(s) {
		if !belongs(s[i]) {
			return s[:i]
		}
	}
	return s
}
