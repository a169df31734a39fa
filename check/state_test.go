package check_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/check"
)

// Results of the stories: + passed, - refused at once, T timed out after 3 s,
// ? could not be made, which took 2 s.
var results = map[rune]check.Result{
	'+': {Status: check.Up},
	'-': {Status: check.Down},
	'T': {Status: check.Down, Took: 3 * time.Second},
	'?': {Status: check.Unknown, Took: 2 * time.Second},
}

func TestState(t *testing.T) {
	const (
		interval = 6 * time.Second
		retry    = time.Second
	)
	tests := []struct {
		name    string
		retries uint
		row     string
		status  string          // after each result: u unknown, + up, - down
		delays  []time.Duration // after each result, from the start of its check
	}{
		{"first success brings it up", 1, "+", "+", []time.Duration{interval}},
		{"up stays up", 1, "+++", "+++", []time.Duration{interval, interval, interval}},
		{"no retries: one failure is enough", 0, "+-", "+-", []time.Duration{interval, interval}},
		{"one retry", 1, "+--", "++-", []time.Duration{interval, retry, interval}},
		{"three retries", 3, "+----", "++++-", []time.Duration{interval, retry, retry, retry, interval}},
		{"a success in between starts the count anew", 1, "+-+-+", "+++++", []time.Duration{interval, retry, interval, retry, interval}},
		{"unknown falls like up", 1, "--", "u-", []time.Duration{retry, interval}},
		{"down is tried once per interval", 1, "----", "u---", []time.Duration{retry, interval, interval, interval}},
		{"one success brings it back", 2, "---+-", "uu-++", []time.Duration{retry, retry, interval, interval, retry}},
		{"a silent host is tried again after its timeout", 1, "+TT", "++-", []time.Duration{interval, 3*time.Second + retry, interval}},
		{"a check that could not be made changes nothing", 1, "?+?-?-?", "u++++--", []time.Duration{2*time.Second + retry, interval, 2*time.Second + retry, retry, 2*time.Second + retry, interval, 2*time.Second + retry}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s check.State
			var status string
			var delays []time.Duration
			for _, c := range tt.row {
				var d time.Duration
				s, d = s.Next(check.Policy{Interval: interval, Retries: tt.retries, RetryDelay: retry}, results[c])
				status += map[check.Status]string{check.Unknown: "u", check.Up: "+", check.Down: "-"}[s.Status]
				delays = append(delays, d)
			}
			if status != tt.status {
				t.Errorf("after %q: status %q, want %q", tt.row, status, tt.status)
			}
			if diff := cmp.Diff(tt.delays, delays); diff != "" {
				t.Errorf("delays, -want +got\n%s", diff)
			}
		})
	}
}

// reference tells the status from the whole history, without a state.
func reference(history []check.Status, retries uint) check.Status {
	var row uint // of failures at the end
	for i := len(history) - 1; i >= 0; i-- {
		switch history[i] {
		case check.Up:
			if row > retries {
				return check.Down
			}
			return check.Up
		case check.Down:
			row++
		}
	}
	if row > retries {
		return check.Down
	}
	return check.Unknown
}

func TestStateAgreesWithHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := check.Policy{
			Interval:   time.Duration(rapid.IntRange(0, 100).Draw(t, "interval")) * time.Second,
			Retries:    rapid.UintRange(0, 4).Draw(t, "retries"),
			RetryDelay: time.Duration(rapid.IntRange(0, 100).Draw(t, "delay")) * time.Second,
		}
		history := rapid.SliceOfN(rapid.SampledFrom([]check.Status{check.Up, check.Down, check.Unknown}), 0, 30).Draw(t, "history")
		var s check.State
		for i, h := range history {
			var d time.Duration
			s, d = s.Next(p, check.Result{Status: h})
			if d <= 0 {
				t.Fatalf("the next check is due after %v", d)
			}
			if want := reference(history[:i+1], p.Retries); s.Status != want {
				t.Fatalf("after %v with %d retries: %v, want %v", history[:i+1], p.Retries, s.Status, want)
			}
		}
	})
}

func TestCombine(t *testing.T) {
	up, down, unknown := check.State{Status: check.Up}, check.State{Status: check.Down}, check.State{}
	tests := []struct {
		states []check.State
		want   check.Status
	}{
		{nil, check.Up},
		{[]check.State{up, up}, check.Up},
		{[]check.State{up, unknown}, check.Unknown},
		{[]check.State{unknown, down, up}, check.Down},
	}
	for _, tt := range tests {
		if got := check.Combine(tt.states...); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.states, got, tt.want)
		}
	}
}

func TestResultAsJSON(t *testing.T) {
	want := check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "timed out", Took: 3 * time.Second}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const shown = `{"status":"down","phase":"connect","reason":"timed out","took_ns":3000000000}`
	if string(text) != shown {
		t.Errorf("got  %s\nwant %s", text, shown)
	}
	var got check.Result
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("read back %+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"status":"sideways"}`), &got); err == nil {
		t.Error("a status that does not exist was read")
	}
}

func TestTimesAreShownShort(t *testing.T) {
	for took, want := range map[time.Duration]string{
		43 * time.Microsecond:      "connected in 0.043ms",
		412 * time.Microsecond:     "connected in 0.41ms",
		4249 * time.Microsecond:    "connected in 4.2ms",
		133700 * time.Microsecond:  "connected in 134ms",
		3000400 * time.Microsecond: "connected in 3s",
		3254 * time.Millisecond:    "connected in 3.25s",
	} {
		if got := (check.Result{Status: check.Up, Reason: "connected", Took: took}).String(); got != want {
			t.Errorf("%v: %q, want %q", took, got, want)
		}
	}
}
