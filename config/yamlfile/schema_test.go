package yamlfile

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// validator knows as much of JSON Schema as Schema writes.
type validator struct {
	t    *testing.T
	root map[string]any
}

func newValidator(t *testing.T, model any) *validator {
	t.Helper()
	v := &validator{t: t}
	if err := json.Unmarshal(Schema(model), &v.root); err != nil {
		t.Fatal(err)
	}
	return v
}

// check gives the first reason why a tree does not fit, "" if it does.
func (v *validator) check(schema map[string]any, n *yaml.Node) string {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for key, rule := range schema {
		if reason := v.rule(schema, key, rule, n); reason != "" {
			return reason
		}
	}
	return ""
}

func (v *validator) rule(schema map[string]any, key string, rule any, n *yaml.Node) string {
	switch key {
	case "$schema", "title", "description", "additionalProperties", "$defs":
	case "$ref":
		name := strings.TrimPrefix(rule.(string), "#/$defs/")
		def, ok := v.root["$defs"].(map[string]any)[name]
		if !ok {
			v.t.Fatalf("no definition %s", name)
		}
		return v.check(def.(map[string]any), n)
	case "anyOf":
		for _, one := range rule.([]any) {
			if v.check(one.(map[string]any), n) == "" {
				return ""
			}
		}
		return "none fits"
	case "type":
		names := fmt.Sprint(rule)
		if !slices.Contains(strings.Fields(strings.Trim(names, "[]")), jsonType(n)) {
			return jsonType(n) + " instead of " + names
		}
	case "properties":
		return v.properties(schema, rule.(map[string]any), n)
	case "items":
		if n.Kind != yaml.SequenceNode {
			return ""
		}
		for _, c := range n.Content {
			if reason := v.check(rule.(map[string]any), c); reason != "" {
				return reason
			}
		}
	case "enum":
		if !slices.Contains(rule.([]any), any(n.Value)) {
			return n.Value + " is none of " + fmt.Sprint(rule)
		}
	case "pattern":
		if !regexp.MustCompile(rule.(string)).MatchString(n.Value) {
			return n.Value + " does not match " + rule.(string)
		}
	case "minimum", "maximum":
		return limit(key, rule.(float64), n)
	default:
		v.t.Fatalf("unknown rule %s", key)
	}
	return ""
}

func limit(key string, rule float64, n *yaml.Node) string {
	number, ok := new(big.Float).SetString(n.Value)
	if !ok {
		return ""
	}
	if c := number.Cmp(big.NewFloat(rule)); key == "minimum" && c < 0 || key == "maximum" && c > 0 {
		return n.Value + " out of range"
	}
	return ""
}

func (v *validator) properties(schema, known map[string]any, n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	if schema["additionalProperties"] != false {
		v.t.Fatal("a block that takes every name")
	}
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i].Value
		rule, ok := known[name]
		if !ok {
			return "unknown " + name
		}
		if reason := v.check(rule.(map[string]any), n.Content[i+1]); reason != "" {
			return name + ": " + reason
		}
	}
	return ""
}

func jsonType(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!map":
		return "object"
	case "!!seq":
		return "array"
	case "!!int":
		return "integer"
	case "!!float":
		return "number"
	case "!!bool":
		return "boolean"
	case "!!null":
		return "null"
	default:
		return "string"
	}
}

// beyondSchema are the diagnostics that no schema can make.
var beyondSchema = regexp.MustCompile(`must be an address|is not in the range|second |is (less|more) than|longer than|"(status|run)" (cannot|must) be|with the tag|must be a number, not|merged into itself|<< must be`)

// TestSchemaAgrees reads all golden inputs with both: the schema takes what
// Decode takes, and refuses what Decode refuses, where a schema can.
func TestSchemaAgrees(t *testing.T) {
	both := map[string]*validator{"farm": newValidator(t, farm{}), "config": newValidator(t, &config.Config{})}
	accepted, refused := 0, 0
	for _, name := range []string{"fields", "unknown", "types", "secrets"} {
		datadriven.RunTest(t, filepath.Join("testdata", "golden", name+".txt"), func(t *testing.T, d *datadriven.TestData) string {
			v := both[d.Cmd]
			src := newSource("f.yaml", []byte(unprintable.Replace(d.Input+"\n")))
			root := src.parse()
			if v == nil || root == nil || strings.Contains(d.Input, "<<:") || strings.Contains(d.Input, "!!str") {
				return d.Expected
			}
			into := reflect.New(map[string]reflect.Type{"farm": reflect.TypeFor[farm](), "config": reflect.TypeFor[config.Config]()}[d.Cmd])
			ds := Decode("f.yaml", src.text, into.Interface())
			reason := v.check(v.root, root)
			mustRefuse := slices.ContainsFunc(ds, func(d config.Diagnostic) bool { return !beyondSchema.MatchString(d.Message) })
			switch {
			case len(ds) == 0 && reason != "":
				t.Errorf("%s: refused: %s", d.Pos, reason)
			case mustRefuse && reason == "":
				t.Errorf("%s: the schema takes what Decode refuses: %v", d.Pos, ds)
			case reason == "":
				accepted++
			default:
				refused++
			}
			return d.Expected
		})
	}
	if accepted < 10 || refused < 30 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
}

// TestModel looks at the real model: every setting has a name and a description,
// no name is taken twice, and the tags mean something.
func TestModel(t *testing.T) {
	ls := layouts{}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		if _, seen := ls[typ]; seen {
			return
		}
		l := ls.of(typ)
		if len(l.byName) != len(l.fields) {
			t.Errorf("%s: a name is taken twice", typ)
		}
		for i := range l.fields {
			f := &l.fields[i]
			low, high := limitsOf(f)
			if f.doc == "" || low != nil && low.Cmp(high) >= 0 {
				t.Errorf("%s.%s: no description, or a range without numbers", typ, f.name)
			}
			if f.form >= block {
				walk(f.typ)
			}
		}
	}
	walk(reflect.TypeFor[config.Config]())
	if len(ls) < 30 {
		t.Errorf("only %d blocks were looked at", len(ls))
	}
}

func limitsOf(f *field) (low, high *big.Int) {
	if f.form > list || !isNumber(f.typ) {
		return nil, nil
	}
	return limits(f)
}

// TestSchemaIsShipped compares the schema in docs with that of the model.
func TestSchemaIsShipped(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "lvsctl.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(Schema(config.Config{})) {
		t.Error("docs/lvsctl.schema.json is not that of the model: run make docs")
	}
}
