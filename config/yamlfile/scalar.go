package yamlfile

import (
	"encoding"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// scalar reads one word as the field wants it. What is wrong with it is told.
func (d *decoder) scalar(n *yaml.Node, f *field) (reflect.Value, bool) {
	x := reflect.New(f.typ).Elem()
	if f.typ == secretType {
		d.hide(n)
	}
	if n.Kind != yaml.ScalarNode || isNull(n) || n.Style&yaml.TaggedStyle != 0 {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
			return x, d.convert(n, f, x)
		}
		hint := ""
		if isNull(n) {
			hint = "give it a value, or remove the line"
		}
		d.wrongKind(n, quote(f.name), wanted(f), hint)
		return x, false
	}
	return x, d.convert(n, f, x)
}

// wanted names what a field takes.
func wanted(f *field) string {
	switch {
	case f.typ == durationType:
		return "a duration"
	case f.typ == addrType || f.typ == prefixType || f.typ == addrPortType:
		return nameOfAddress[f.typ]
	case isText(f.typ):
		return "one word"
	case f.typ.Kind() == reflect.Bool:
		return "true or false"
	case isNumber(f.typ):
		return "a number"
	default:
		return "text"
	}
}

func isNumber(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 && t != durationType
}

func (d *decoder) convert(n *yaml.Node, f *field, x reflect.Value) bool {
	switch {
	case f.typ == durationType:
		return d.duration(n, f, x)
	case isText(f.typ):
		return d.text(n, f, x)
	case f.typ.Kind() == reflect.Bool:
		return d.boolean(n, f, x)
	case isNumber(f.typ):
		return d.number(n, f, x)
	default:
		return d.word(n, f, x)
	}
}

// boolean reads true or false.
func (d *decoder) boolean(n *yaml.Node, f *field, x reflect.Value) bool {
	if n.ShortTag() == "!!bool" {
		x.SetBool(strings.EqualFold(n.Value, "true"))
		return true
	}
	hint := ""
	switch strings.ToLower(n.Value) {
	case "yes", "on", "true", "1", "y":
		hint = "write true"
	case "no", "off", "false", "0", "n":
		hint = "write false"
	}
	d.fail(d.at(n), hint, "%s must be true or false, not %s", quote(f.name), quote(n.Value))
	return false
}

// word reads text.
func (d *decoder) word(n *yaml.Node, f *field, x reflect.Value) bool {
	if n.ShortTag() != "!!str" {
		hint := fmt.Sprintf("write %q, in quotes", n.Value)
		if f.typ == secretType {
			hint = "put it into quotes"
		} else if len(f.enum) > 0 {
			hint = "the words are " + strings.Join(f.enum, ", ")
		}
		d.fail(d.at(n), hint, "%s must be text, not %s", quote(f.name), kindOf(n))
		return false
	}
	if len(f.enum) > 0 && !slices.Contains(f.enum, n.Value) {
		hint := d.suggest(n.Value, f.enum)
		if hint == "" {
			hint = "the words are " + strings.Join(f.enum, ", ")
		}
		d.fail(d.at(n), hint, "%s cannot be %s", quote(f.name), quote(n.Value))
		return false
	}
	x.SetString(n.Value)
	return true
}

var (
	decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	hex     = regexp.MustCompile(`^0x[0-9a-fA-F]{1,16}$`)
)

// longestNumber bounds what is looked at of a number. No field takes one so long.
const longestNumber = 40

// number reads a whole number, decimal or hexadecimal with 0x.
func (d *decoder) number(n *yaml.Node, f *field, x reflect.Value) bool {
	isPlain := n.ShortTag() == "!!int" || n.ShortTag() == "!!float"
	isInt := decimal.MatchString(n.Value) || hex.MatchString(n.Value)
	if !isPlain || !isInt {
		hint, what := "", quote(n.Value)
		switch {
		case isInt:
			hint, what = "write "+n.Value+", without quotes", "text"
		case n.ShortTag() == "!!float":
			hint = "write a whole number"
		case n.ShortTag() == "!!int":
			hint = "write digits only, and no zero before them"
		}
		d.fail(d.at(n), hint, "%s must be a number, not %s", quote(f.name), what)
		return false
	}
	number, _ := new(big.Int).SetString(n.Value[:min(len(n.Value), longestNumber)], 0) // the pattern holds what it reads
	low, high := limits(f)
	if number.Cmp(low) < 0 || number.Cmp(high) > 0 {
		d.fail(d.at(n), "", "%s: %.60s is not in the range %s to %s", quote(f.name), n.Value, low, high)
		return false
	}
	if x.CanInt() {
		x.SetInt(number.Int64())
	} else {
		x.SetUint(number.Uint64())
	}
	return true
}

// limits are the smallest and the largest number that a field can take.
func limits(f *field) (low, high *big.Int) {
	bits := uint(f.typ.Bits())
	low, high = new(big.Int), new(big.Int).Lsh(big.NewInt(1), bits)
	if f.typ.Kind() <= reflect.Int64 {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	high.Sub(high, big.NewInt(1))
	if n, ok := new(big.Int).SetString(f.min, 10); ok {
		low = n
	}
	if n, ok := new(big.Int).SetString(f.max, 10); ok {
		high = n
	}
	return low, high
}

// durationPattern is how durations stand in files: numbers with units.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`

var (
	duration     = regexp.MustCompile(durationPattern)
	bareNumber   = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	looseSeconds = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*(?:s|sec|secs|second|seconds|S)$`)
)

// duration reads a duration with its unit.
func (d *decoder) duration(n *yaml.Node, f *field, x reflect.Value) bool {
	if !duration.MatchString(n.Value) {
		d.fail(d.at(n), durationHint(n.Value), "%s must be a duration, not %s", quote(f.name), quote(n.Value))
		return false
	}
	value, err := time.ParseDuration(n.Value)
	if err != nil {
		d.fail(d.at(n), "", "%s: %s is longer than 292 years", quote(f.name), quote(n.Value))
		return false
	}
	low, lowErr := time.ParseDuration(f.min)
	high, highErr := time.ParseDuration(f.max)
	switch {
	case lowErr == nil && highErr == nil && (value < low || value > high):
		d.fail(d.at(n), "", "%s: %s is not in the range %s to %s", quote(f.name), n.Value, f.min, f.max)
	case lowErr == nil && value < low:
		d.fail(d.at(n), "", "%s: %s is less than %s", quote(f.name), n.Value, f.min)
	case highErr == nil && value > high:
		d.fail(d.at(n), "", "%s: %s is more than %s", quote(f.name), n.Value, f.max)
	default:
		x.SetInt(int64(value))
		return true
	}
	return false
}

func durationHint(text string) string {
	if bareNumber.MatchString(text) {
		return "add the unit: " + text + "s, or " + text + "ms"
	}
	if m := looseSeconds.FindStringSubmatch(text); m != nil {
		return "write " + m[1] + "s"
	}
	if strings.HasPrefix(text, "-") {
		return "a duration cannot be negative"
	}
	return "write it as 3s, 1.5s, 250ms or 1m30s"
}

var (
	addrType     = reflect.TypeFor[netip.Addr]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
	addrPortType = reflect.TypeFor[netip.AddrPort]()
)

var nameOfAddress = map[reflect.Type]string{
	addrType:     "an address",
	prefixType:   "an address with or without a prefix length",
	addrPortType: "an address with a port",
}

// text reads a type that reads itself.
func (d *decoder) text(n *yaml.Node, f *field, x reflect.Value) bool {
	reader, _ := x.Addr().Interface().(encoding.TextUnmarshaler) // isText has looked
	err := reader.UnmarshalText([]byte(n.Value))
	what, isAddress := nameOfAddress[f.typ]
	if prefix, isPrefix := x.Addr().Interface().(*netip.Prefix); isPrefix && err != nil {
		if addr, bare := netip.ParseAddr(n.Value); bare == nil && addr.Zone() == "" {
			*prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
	}
	switch {
	case n.ShortTag() != "!!str" && n.ShortTag() != "!!int":
		d.fail(d.at(n), fmt.Sprintf("write %q, in quotes", n.Value), "%s must be %s, not %s", quote(f.name), wanted(f), kindOf(n))
	case isAddress && (err != nil || n.Value == ""):
		d.fail(d.at(n), addressHint(f.typ, n.Value), "%s must be %s, not %s", quote(f.name), what, quote(n.Value))
	case err != nil && len(f.enum) > 0:
		d.fail(d.at(n), d.suggest(n.Value, f.enum), "%s cannot be %s", quote(f.name), quote(n.Value))
	case err != nil:
		d.fail(d.at(n), "", "%s cannot be %s: %s", quote(f.name), quote(n.Value), strings.ReplaceAll(err.Error(), "\n", " "))
	default:
		return true
	}
	return false
}

// addressHint tells how an address is written that was written otherwise.
func addressHint(t reflect.Type, text string) string {
	addr, addrErr := netip.ParseAddr(strings.Trim(text, "[]"))
	before, _, _ := strings.Cut(text, "/")
	switch {
	case t == addrPortType && addrErr == nil:
		return "add the port: " + netip.AddrPortFrom(addr, 80).String()
	case t == addrPortType:
		return "write 10.0.0.1:80, or \"[fd00::1]:80\" in quotes"
	case t == addrType && before != text:
		return "write it without the prefix length: " + before
	case t == addrType && addrErr == nil:
		return "write " + addr.String()
	case t == prefixType:
		return "write 10.0.0.1/24 or fd00::1/64"
	default:
		return "write 10.0.0.1 or fd00::1"
	}
}
