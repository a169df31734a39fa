package keepalived

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// shared is where third-party files and recordings lie beside the repository.
const shared = "../../../shared"

// TestCorpus reads every real file there is: none may panic or hang.
func TestCorpus(t *testing.T) {
	for _, dir := range []string{"/corpus/keepalived", "/golden/keepalived/bad", "/golden/keepalived/parsed"} {
		paths, err := filepath.Glob(shared + dir + "/*.conf")
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) == 0 {
			t.Skipf("no files in %s: the corpus is not part of the repository", shared+dir)
		}
		accepted, clean := 0, 0
		start := time.Now()
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, ds := Parse(path, text)
			checkPlaces(t, string(text), ds)
			if ds.Err() == nil {
				accepted++
			}
			if len(ds) == 0 {
				clean++
			}
		}
		took := time.Since(start)
		t.Logf("%s: %d files, %d accepted, %d of them without a warning, %s", dir, len(paths), accepted, clean, took.Round(time.Millisecond))
		if took > 5*time.Second {
			t.Errorf("%s took %s", dir, took)
		}
	}
}

// verdicts are files of golden/keepalived/bad with what must come out: "" is
// accepted, else a part of the message.
var verdicts = map[string]string{
	"001_ok_vrrp":            "",
	"002_ok_lvs":             "",
	"005_state_backp":        "",
	"008_nb_get_retry_tcp":   "",
	"009_nat_mask":           "",
	"012_brace_next_line":    "",
	"013_one_line":           "",
	"015_no_space_brace":     "",
	"016_missing_close":      "",
	"017_extra_close":        "",
	"020_unknown_kw":         "",
	"021_unknown_block":      "",
	"035_vrid_missing":       "virtual_router_id",
	"036_vrid_noparam":       "needs a value",
	"037_vrid_dup":           "same virtual_router_id",
	"050_iface_none":         "interface",
	"099_proto_missing":      "",
	"107_vs_dup":             "",
	"138_quote_unterminated": "",
	"139_include_missing":    "",
	"142_cond_id":            "",
	"143_var_undef":          "",
	"147_seq_bad":            "sequence",
	"149_nbsp":               "",
	"150_crlf":               "",
	"151_bom":                "",
	"152_nul":                "NUL",
	"153_longline":           "",
	"154_no_final_newline":   "",
	"171_version_4":          "",
	"179_fwmark_ok":          "",
}

func TestVerdicts(t *testing.T) {
	for name, want := range verdicts {
		text, err := os.ReadFile(filepath.Join(shared, "golden/keepalived/bad", name+".conf"))
		if os.IsNotExist(err) {
			t.Skipf("no recordings beside the repository: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, ds := Parse(name, text)
		checkVerdict(t, name, ds.Err(), want)
	}
}
