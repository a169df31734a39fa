package keepalived

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

func checkVerdict(t *testing.T, name string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: refused: %v", name, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: got %v, want an error with %q", name, err, want)
	}
}

// checkPlaces checks that every diagnostic points into the file, in order, and shows its line.
func checkPlaces(t testing.TB, text string, ds config.Diagnostics) {
	t.Helper()
	lines := strings.Split(text, "\n")
	last := config.Position{}
	for _, d := range ds {
		w := d.Where
		if w.Line < 1 || int(w.Line) > len(lines) || w.Column < 1 || int(w.Column) > utf8.RuneCountInString(lines[w.Line-1])+1 {
			t.Fatalf("diagnostic outside of the file: %+v", d)
		}
		if w.Line < last.Line || w.Line == last.Line && w.Column < last.Column {
			t.Fatalf("diagnostic %+v after %+v", d, last)
		}
		last = w
		if d.Message == "" || strings.ContainsRune(d.Message, '\n') || strings.ContainsRune(d.Line, '\n') {
			t.Fatalf("message or line of %+v", d)
		}
	}
}

// words is what the lexer makes of a text, one line for each.
func words(text string) []string {
	l := newLexer(newSource("f", text, Options{}))
	var all []string
	for {
		t := l.next()
		at := fmt.Sprintf("%d:%d", t.word.at.Line, t.word.at.Column)
		switch t.kind {
		case tokenWord:
			q := ""
			if t.word.quoted {
				q = " quoted"
			}
			all = append(all, at+" "+t.word.text+q)
		case tokenOpen:
			all = append(all, at+" {")
		case tokenClose:
			all = append(all, at+" }")
		case tokenEnd:
			return all
		}
	}
}

func TestLexer(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"blanks only", " \t\r\v\f\n\u00a0", nil},
		{"words", "a bc\n  d", []string{"1:1 a", "1:3 bc", "2:3 d"}},
		{"columns are characters", "密码 x\u00a0y", []string{"1:1 密码", "1:4 x", "1:6 y"}},
		{"comment", "a#b\n!c\nd ! e # f", []string{"1:1 a", "3:1 d"}},
		{"comment signs in quotes", `"a#b!" c`, []string{`1:1 a#b! quoted`, "1:8 c"}},
		{"escaped comment signs", `a\#b \!c \\!d`, []string{"1:1 a#b", "1:6 !c", `1:10 \\`}},
		{"other escapes stay", `a\{b \n`, []string{`1:1 a\{b`, `1:6 \n`}},
		{"backslash at the end", "a\\\nb\\", []string{`1:1 a\`, `2:1 b\`}},
		{"braces", "a{b}c", []string{"1:1 a", "1:2 {", "1:3 b", "1:4 }", "1:5 c"}},
		{"braces in quotes", `"{" "}"`, []string{"1:1 { quoted", "1:5 } quoted"}},
		{"quote begins a word", `a"b c"d`, []string{"1:1 a", "1:2 b c quoted", "1:7 d"}},
		{"escaped quote", `"a\"b" c`, []string{`1:1 a\"b quoted`, "1:8 c"}},
		{"empty quotes", `"" a`, []string{"1:1  quoted", "1:4 a"}},
		{"open quote", "\"a b \nc", []string{"2:1 c"}},
		{"quote with escape at the line end", "\"a\\\nb", []string{"2:1 b"}},
		{"variable keeps its braces", "a ${B c} d$X{", []string{"1:1 a", "1:3 ${B c}", "1:10 d$X", "1:13 {"}},
		{"sequence", "~SEQ(A, 1, 2) b$A c", []string{"1:15 b1", "1:19 c", "1:15 b2", "1:19 c"}},
		{"list", "~LST({A,B},{1,2}) b ${A}x$B", []string{"1:19 b", "1:21 1x2"}},
		{"open variable", "${A\n}", []string{"1:1 $", "1:2 {", "1:3 A", "2:1 }"}},
		{"crlf", "a\r\nb\r\n", []string{"1:1 a", "2:1 b"}},
		{"byte order mark", "\ufeffa", []string{"1:2 a"}},
		{"half a no-break space", "a\xc2b", []string{"1:1 a\xc2b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := gocmp.Diff(c.want, words(c.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNesting(t *testing.T) {
	for _, n := range []int{maxDepth - 1, maxDepth, 1_000_000} {
		text := strings.Repeat("a {\n", n) + strings.Repeat("}\n", n)
		_, ds := Parse("k.conf", []byte(text))
		tooDeep := strings.Contains(fmt.Sprint(ds.Err()), "nested")
		if tooDeep != (n >= maxDepth) {
			t.Errorf("depth %d: %v", n, ds.Err())
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	unreadable := filepath.Join(dir, "unreadable")
	if err := os.WriteFile(unreadable, nil, 0); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		path string
		is   error
	}{
		{filepath.Join(dir, "missing"), fs.ErrNotExist},
		{dir, syscall.EISDIR},
	}
	if os.Geteuid() != 0 {
		cases = append(cases, struct {
			path string
			is   error
		}{unreadable, fs.ErrPermission})
	}
	for _, c := range cases {
		_, _, err := Load(c.path)
		hinted, ok := errors.AsType[*config.LoadError](err)
		if !errors.Is(err, c.is) || !ok || hinted.Hint() == "" || !strings.Contains(err.Error(), c.path) {
			t.Errorf("Load(%s) = %v", c.path, err)
		}
		if strings.Count(err.Error(), c.path) != 1 {
			t.Errorf("the path is said twice: %v", err)
		}
	}
}

func TestLoadTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(config.MaxSize+1), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(path); !errors.Is(err, config.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestSecrets looks for a password in everything that is said about files that
// have it in many wrong places.
func TestSecrets(t *testing.T) {
	const secret = "hunter2pass"
	for _, text := range []string{
		"authentication {\nauth_type PASS\nauth_pass SECRET\n}",
		"authentication {\nauth_type PASS\nauth_pass SECRET SECRET\n}",
		"authentication { auth_type PASS auth_pass SECRET }",
		"authentication {\nauth_type PASS\nauth_pas SECRET\n}",
		"authentication {\nauth_type PASS\npassword SECRET\n}",
		"authentication {\nauth_type SECRET\n}",
		"authentication {\nauth_pass \"SECRET\n}",
		"authentication {\nauth_pass SECRET {\n}\n}",
		"authentication {\nauth_pass\u00a0SECRET\n}",
		"authentication {\nauth_pass SECRET\n",
		"auth_pass SECRET",
		"auth_hmac {\nkey 1 SECRET SECRET\n}",
		"auth_hmac {\nkey SECRET\n}",
		"auth_hmac {\nkey SECRET SECRET\n}",
		"auth_hmac {\nkey 1 \"SECRET\n}",
		"auth_hmac {\nmode SECRET\n}",
		"auth_hmac { key 1 SECRET active_key 0 }",
		"key 1 SECRET",
	} {
		file := fmt.Sprintf(frames["instance"], strings.ReplaceAll(text, "SECRET", secret)+"\n")
		c, ds := Parse("k.conf", []byte(file))
		said := fmt.Sprintf("%v %+v %#v %v", ds, c, c, ds.Err())
		if strings.Contains(said, secret[:5]) {
			t.Errorf("%q shows the password:\n%s", text, said)
		}
		if len(ds) == 0 {
			t.Errorf("%q: nothing was said", text)
		}
	}
}

// TestLargeFiles bounds the time for files of a few megabytes that are bad on purpose.
func TestLargeFiles(t *testing.T) {
	const size = 2 << 20
	for name, part := range map[string]string{
		"services":       "virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\nnb_get_retry 3\n}\n}\n}\n",
		"instances":      "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n}\n",
		"unknown words":  "xyzzy 1\n",
		"one long line":  "state BACKUP ",
		"open variables": "${",
		"quotes":         `"`,
		"braces":         "{",
		"closing braces": "}",
		"one-line block": "a { b c } ",
		"passwords":      "auth_pass ",
		"no-break":       "\u00a0a\n",
		"backslashes":    `\`,
	} {
		t.Run(name, func(t *testing.T) {
			text := bytes.Repeat([]byte(part), size/len(part))
			start := time.Now()
			_, ds := Parse("k.conf", text)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			} else {
				t.Logf("%d diagnostics in %s", len(ds), took.Round(time.Millisecond))
			}
		})
	}
}

func FuzzLexer(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, text string) {
		src := smallSource("/etc/keepalived/f", text)
		l := newLexer(src)
		for n := 0; ; n++ {
			tok := l.next()
			at := tok.word.at
			lines := strings.Split(src.byName[at.File].text, "\n")
			if at.Line < 1 || int(at.Line) > len(lines) || at.Column < 1 || int(at.Column) > utf8.RuneCountInString(lines[at.Line-1])+1 {
				t.Fatalf("%+v is outside of the text", tok)
			}
			if n > src.limit {
				t.Fatalf("more tokens than may be")
			}
			if tok.kind == tokenEnd {
				break
			}
		}
	})
}

// smallSource is a source in which little may come out of variables and sequences.
func smallSource(name, text string) *source {
	src := newSource(name, text, Options{Machine: newMachine(map[string]string{
		"/etc/keepalived/a.conf": "a b {\nc $A\n}\n",
		"/etc/keepalived/b.conf": "include f\n$A=x ${B}\n",
	})})
	src.limit = 64 << 10
	src.random = func(n uint64) uint64 { return n / 2 }
	return src
}

func FuzzParse(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, ds := read(smallSource("/etc/keepalived/f", text))
		if ds.Err() == nil {
			checkModel(t, c)
		}
	})
}

// checkModel checks what those who act on an accepted model rely on.
func checkModel(t *testing.T, c config.Config) {
	t.Helper()
	checkRouters(t, c)
	checkServices(t, c)
}

func seedFuzz(f *testing.F) {
	f.Helper()
	paths, err := filepath.Glob("testdata/[rs]e*/*.conf")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("vrrp_instance V { state BACKUP interface eth0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 10.0.0.2 } }")
	f.Add("include ?.conf\ninclude {a,b}.conf\n~LST({A,B},{1,2},{3}) ~SEQx(C,1,3) x$A ${B}\n@lb1 $D=${D} \n$D ${_PWD}${_RANDOM 1 3}${_ENV X}\n")
	f.Add("$A= \\\nx { \\\n}\n@low ~SEQ(A,1,2) ${A} \"a\\\"b\" \ufeff\u00a0\x00\xff")
}

// BenchmarkParse reads a file of 20 MB like the tutorial's.
func BenchmarkParse(b *testing.B) {
	var text bytes.Buffer
	for i := 0; text.Len() < 20<<20; i++ {
		fmt.Fprintf(&text, `virtual_server 10.%d.%d.%d 80 {
    delay_loop 6
    lb_algo wlc
    lb_kind DR    # DR模式
    persistence_timeout 50
    protocol TCP
    real_server 172.28.19.100 80 {
        weight 1    # 权重(权重越高处理的请求越多)
        TCP_CHECK {
            connect_timeout 3
            retry 3
            delay_before_retry 3
            connect_port 80
        }
    }
}
`, i>>16, i>>8&255, i&255)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, ds := Parse("k.conf", text.Bytes()); len(ds) > 0 {
			b.Fatal(ds[0])
		}
	}
}

func TestManyDiagnostics(t *testing.T) {
	text := strings.Repeat("xyzzy 1\n", maxSaid+5) + strings.Repeat("{", maxDepth)
	_, ds := Parse("k.conf", []byte(text))
	checkPlaces(t, text, ds)
	if len(ds) < maxSaid+2 || !strings.HasSuffix(ds[len(ds)-1].Message, "more errors and warnings are not told") {
		t.Errorf("%d diagnostics, the last is %v", len(ds), ds[len(ds)-1])
	}
	if ds.Err() == nil {
		t.Error("the error behind the warnings is lost")
	}
}
