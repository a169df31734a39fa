package yamlfile

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

func at(line int32) config.Position { return config.Position{File: "k.conf", Line: line, Column: 5} }

// origins is a model whose settings came to be in every way.
func origins() farm {
	f := farm{
		Title:  config.Write("x", at(1)),
		On:     config.Value[bool]{V: true, State: config.Default},
		Every:  config.Value[time.Duration]{V: time.Hour, Where: at(3), State: config.Inherited},
		Words:  config.Write([]string{"a", "b"}, at(4)),
		Names:  []config.Text{config.Write("name", at(5))},
		Secret: config.Write(config.Secret("hunter2"), at(6)),
		Inside: barn{Where: at(7)},
		Cows: []cow{
			{Name: config.Write("Berta", at(8)), Weight: config.Write(uint32(1), at(9)), Where: at(8)},
			{Name: config.Write("Emma", at(10)), Where: at(10)},
			{Where: at(11)},
		},
		Pointer: &barn{Where: at(12)},
	}
	f.Small = config.Write(uint8(9), at(2))
	f.Small.Adjust(7)
	return f
}

func encoded(t *testing.T, o Options) string {
	t.Helper()
	out, err := Encode(origins(), o)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEncode(t *testing.T) {
	const want = `title: x
small: 7
password: "********"
words: [a, b]
names: [name]
pointer: {}
cows:
  - name: Berta
    weight: 1
  - Emma
  - {}
`
	if got := encoded(t, Options{}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := encoded(t, Options{Secrets: true}); got != strings.Replace(want, `"********"`, "hunter2", 1) {
		t.Errorf("with secrets:\n%s", got)
	}
}

func TestEncodeOrigins(t *testing.T) {
	const want = `title: x  # k.conf:1:5
on: true  # default
every: 1h  # from k.conf:3
small: 7  # adjusted, k.conf:2:5
password: "********"  # k.conf:6:5
words: [a, b]  # k.conf:4:5
names:
  - name  # k.conf:5:5
pointer: {}
cows:
  - name: Berta  # k.conf:8:5
    weight: 1  # k.conf:9:5
  - Emma  # k.conf:10:5
  - {}
`
	if got := encoded(t, Options{Defaults: true, Origins: true}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestEncodeJSON(t *testing.T) {
	small := farm{Title: config.Write("a \"b\" \u00e4", at(1)), Small: config.Value[uint8]{V: 7, State: config.Default}, Cows: []cow{{Name: config.Write("x", at(2))}}}
	for want, o := range map[string]Options{
		"{\n  \"title\": \"a \\\"b\\\" ä\",\n  \"cows\": [\n    \"x\"\n  ]\n}\n": {},
		`{
  "title": {"value": "a \"b\" ä", "from": "written", "at": "k.conf:1:5"},
  "small": {"value": 7, "from": "default"},
  "cows": [
    {"value": "x", "from": "written", "at": "k.conf:2:5"}
  ]
}
`: {Defaults: true, Origins: true},
	} {
		got, err := EncodeJSON(small, o)
		if err != nil || string(got) != want {
			t.Errorf("%v, got:\n%s\nwant:\n%s", err, got, want)
		}
	}
	if got, err := EncodeJSON(&farm{}, Options{}); err != nil || string(got) != "{}\n" {
		t.Errorf("an empty model: %q, %v", got, err)
	}
}

// Each line's comments come once, where the line's setting stands.
func TestEncodeComments(t *testing.T) {
	asked := map[int32]int{}
	o := Options{Origins: true, Comment: func(where config.Position) ([]string, string) {
		asked[where.Line]++
		n := where.String()
		return []string{"above " + n, ""}, "behind " + n
	}}
	f := origins()
	f.Inside.Width = config.Write(uint16(3), at(7))
	out, err := Encode(&f, o)
	if err != nil {
		t.Fatal(err)
	}
	const want = `# above k.conf:1:5
#
title: x  # behind k.conf:1:5; k.conf:1:5
# above k.conf:2:5
#
small: 7  # behind k.conf:2:5; adjusted, k.conf:2:5
# above k.conf:6:5
#
password: "********"  # behind k.conf:6:5; k.conf:6:5
# above k.conf:4:5
#
words: [a, b]  # behind k.conf:4:5; k.conf:4:5
names:
  # above k.conf:5:5
  #
  - name  # behind k.conf:5:5; k.conf:5:5
# above k.conf:7:5
#
inside:  # behind k.conf:7:5
  width: 3  # k.conf:7:5
# above k.conf:12:5
#
pointer: {}  # behind k.conf:12:5
cows:
  # above k.conf:8:5
  #
  - name: Berta  # behind k.conf:8:5; k.conf:8:5
    # above k.conf:9:5
    #
    weight: 1  # behind k.conf:9:5; k.conf:9:5
  # above k.conf:10:5
  #
  - Emma  # behind k.conf:10:5; k.conf:10:5
  # above k.conf:11:5
  #
  - {}  # behind k.conf:11:5
`
	if string(out) != want {
		t.Errorf("got:\n%s\nwant:\n%s", out, want)
	}
	for n, times := range asked {
		if times != 1 {
			t.Errorf("line %d was asked for %d times", n, times)
		}
	}
	// They are the comments that are read again.
	if got := Comments("f.yaml", out); len(got) != 3*len(asked)+1 {
		t.Errorf("%d comments were read, of %d lines", len(got), len(asked))
	}
}

// A comment cannot become a setting.
func TestEncodeCommentIsOne(t *testing.T) {
	o := Options{Comment: func(config.Position) ([]string, string) {
		return []string{"a\nb: c\rd: e\u2028f: g\x00\xff"}, "h\ni: j"
	}}
	out, err := Encode(farm{Title: config.Write("x", at(1))}, o)
	if want := "# a\n# b: c d: e f: g �\ntitle: x  # h i: j\n"; err != nil || string(out) != want {
		t.Errorf("%v, got:\n%q\nwant:\n%q", err, out, want)
	}
}

func TestEncodeRefusesBytes(t *testing.T) {
	_, err := Encode(farm{Title: config.Write("\xb7\xce", at(3))}, Options{})
	if !errors.Is(err, errNotUTF8) || !strings.Contains(err.Error(), "write title, k.conf:3:5:") {
		t.Errorf("got %v", err)
	}
}

// A list that is too long for one line has one line for each word.
func TestEncodeLongList(t *testing.T) {
	words := []string{strings.Repeat("a", 40), strings.Repeat("b", 40), "c"}
	out, err := Encode(farm{Words: config.Write(words, at(1))}, Options{})
	if want := "words:\n  - " + strings.Join(words, "\n  - ") + "\n"; err != nil || string(out) != want {
		t.Errorf("%v, got:\n%s", err, out)
	}
}

// Words of each kind, with quotes where they are needed and nowhere else.
func TestQuotes(t *testing.T) {
	for word, want := range map[string]string{
		"eth0": "eth0", "/usr/bin/x --a=[b]": "/usr/bin/x --a=[b]", "a:b": "a:b", "a#b": "a#b", "10.0.0.1": "10.0.0.1", "fd00::1/64": "fd00::1/64", "-x": "-x", "it's": "it's",
		"": `""`, "yes": `"yes"`, "1": `"1"`, "1e3": `"1e3"`, "null": `"null"`, "~": `"~"`, "a: b": `"a: b"`, "a #b": `"a #b"`, "- a": `"- a"`, "-": `"-"`, "#": `"#"`,
		"fd00::": `"fd00::"`, "[fd00::1]:80": `"[fd00::1]:80"`, "a\nb": `"a\nb"`, "\\\"": `"\\\""`, " a": `" a"`, "*": `"*"`, "<<": `"<<"`, "\x7f\u0085": `"\u007f\u0085"`,
	} {
		if got := yamlWord(&node{text: word}, false); got != want {
			t.Errorf("%q is written as %s, want %s", word, got, want)
		}
	}
	addr := netip.MustParseAddrPort("10.0.0.1:80")
	if got := yamlWord(&node{kind: textNode, text: addr.String()}, true); got != `"10.0.0.1:80"` {
		t.Errorf("in brackets: %s", got)
	}
}
