package yamlfile

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/config"
)

// draw fills a block with settings that may stand in a file. Lists have one item
// or more: an empty list of blocks is not written.
func draw(t *rapid.T, ls layouts, v reflect.Value) {
	l := ls.of(v.Type())
	for i := range l.fields {
		f := &l.fields[i]
		isShort := i == l.short
		if !isShort && !rapid.Bool().Draw(t, f.name) {
			continue
		}
		at := fieldAt(v, f.index)
		switch f.form {
		case scalar:
			drawValue(t, f, at)
		case list:
			drawList(t, f, at)
		case blocks:
			n := rapid.IntRange(1, 2).Draw(t, "items")
			at.Set(reflect.MakeSlice(at.Type(), n, n))
			for j := range n {
				draw(t, ls, pointed(at.Index(j)))
			}
		default:
			draw(t, ls, pointed(at))
		}
	}
}

func drawValue(t *rapid.T, f *field, v reflect.Value) {
	v.Field(valueState).Set(reflect.ValueOf(config.Written))
	drawWord(t, f, v.Field(valueV))
}

func drawList(t *rapid.T, f *field, v reflect.Value) {
	if f.value {
		v.Field(valueState).Set(reflect.ValueOf(config.Written))
		v = v.Field(valueV)
	}
	n := rapid.IntRange(1, 3).Draw(t, "words")
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for j := range n {
		if f.single {
			drawValue(t, f, v.Index(j))
			continue
		}
		drawWord(t, f, v.Index(j))
	}
}

// anyText is text of every kind, much of it such as YAML takes for its own.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[-?:,\[\]{}#&*!|>'"%@\x60 a0~=<.\\\n\t]{0,6}`),
		rapid.SampledFrom([]string{"true", "no", "null", "~", "1", "0x1f", "1.5", "1e3", "2001-01-01", "<<", "12:30:45", ".inf", "fd00::", "::", "::1", "a: b", "a #b", "- a", "---", "...", "\u0085", "\u2028", "\ufeff", "\x00", " a", "a "}),
	)
}

func drawWord(t *rapid.T, f *field, v reflect.Value) {
	switch {
	case f.typ == durationType:
		all := []time.Duration{time.Second, time.Minute, 1500 * time.Millisecond, 59*time.Second + time.Nanosecond}
		if f.max == "" {
			all = append(all, 90*time.Second, 25*time.Hour, 3*time.Hour+time.Second)
		}
		v.SetInt(int64(rapid.SampledFrom(all).Draw(t, "duration")))
	case f.typ == addrType:
		v.Set(reflect.ValueOf(drawAddr(t)))
	case f.typ == prefixType:
		v.Set(reflect.ValueOf(netip.PrefixFrom(drawAddr(t), rapid.IntRange(0, 32).Draw(t, "bits"))))
	case f.typ == addrPortType:
		v.Set(reflect.ValueOf(netip.AddrPortFrom(drawAddr(t), rapid.Uint16().Draw(t, "port"))))
	case f.typ == reflect.TypeFor[config.CommandLine]():
		v.Set(reflect.ValueOf(config.CommandLine(rapid.SliceOfN(rapid.StringMatching(`[a-z'" \\#:]{1,5}`), 1, 3).Draw(t, "command"))))
	case f.typ == reflect.TypeFor[config.StatusSet]():
		low := rapid.Uint16Range(100, 599).Draw(t, "low")
		v.Set(reflect.ValueOf(config.StatusSet{{Low: low, High: rapid.Uint16Range(low, 599).Draw(t, "high")}}))
	case f.typ.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case isNumber(f.typ):
		low, high := limits(f)
		if v.CanInt() {
			v.SetInt(rapid.Int64Range(low.Int64(), high.Int64()).Draw(t, "number"))
		} else {
			v.SetUint(rapid.Uint64Range(low.Uint64(), high.Uint64()).Draw(t, "number"))
		}
	case len(f.enum) > 0:
		v.SetString(rapid.SampledFrom(f.enum).Draw(t, "word"))
	default:
		v.SetString(strings.ToValidUTF8(anyText().Draw(t, "text"), "?"))
	}
}

func drawAddr(t *rapid.T) netip.Addr {
	return netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.1", "fd00::1", "::", "fd00::", "::1", "255.255.255.255"}).Draw(t, "address"))
}

// withoutPlaces compares what is written, wherever it stands.
func withoutPlaces() cmp.Options {
	return cmp.Options{
		cmp.Comparer(func(config.Position, config.Position) bool { return true }),
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	}
}

// What is written is read again as the same, in YAML, in JSON, and after Format;
// the schema takes it.
func TestRoundTrip(t *testing.T) {
	v := newValidator(t, farm{})
	rapid.Check(t, func(t *rapid.T) {
		var have farm
		draw(t, layouts{}, reflect.ValueOf(&have).Elem())
		written, err := Encode(have, Options{Secrets: true})
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := EncodeJSON(&have, Options{Secrets: true})
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := Format("f.yaml", written)
		if err != nil {
			t.Fatalf("%v:\n%s", err, written)
		}
		if string(formatted) != string(written) {
			t.Errorf("written:\n%s\nformatted:\n%s", written, formatted)
		}
		for file, text := range map[string][]byte{"f.yaml": written, "f.json": asJSON, "g.yaml": asJSON} {
			var got farm
			if err := Decode(file, text, &got).Err(); err != nil {
				t.Fatalf("%v:\n%s", err, text)
			}
			if d := cmp.Diff(have, got, withoutPlaces()); d != "" {
				t.Fatalf("%s:\n%s\n%s", file, text, d)
			}
			if root := newSource(file, text).parse(); root != nil {
				if reason := v.check(v.root, root); reason != "" {
					t.Fatalf("the schema refuses it: %s\n%s", reason, text)
				}
			}
		}
	})
}

// The same with the real model, whose texts are plainer here.
func TestRoundTripModel(t *testing.T) {
	v := newValidator(t, config.Config{})
	rapid.Check(t, func(t *rapid.T) {
		var have, got config.Config
		draw(t, layouts{}, reflect.ValueOf(&have).Elem())
		written, err := Encode(have, Options{Secrets: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := Decode("f.yaml", written, &got).Err(); err != nil {
			t.Fatalf("%v:\n%s", err, written)
		}
		if d := cmp.Diff(have, got, withoutPlaces()); d != "" {
			t.Fatalf("%s\n%s", written, d)
		}
		if root := newSource("f.yaml", written).parse(); root != nil {
			if reason := v.check(v.root, root); reason != "" {
				t.Fatalf("the schema refuses it: %s\n%s", reason, written)
			}
		}
	})
}
