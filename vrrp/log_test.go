package vrrp

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// Nobody reads the log: logging goes on at once, and what is lost is told later.
func TestLateLogNeverBlocks(t *testing.T) {
	var out bytes.Buffer
	log, write, closeLog := newLateLog(slog.New(slog.NewTextHandler(&out, nil)))
	for n := range logQueue + 5 {
		log.With("instance", "VI_1").Info("line", "n", n)
	}
	closeLog()
	write()
	text := out.String()
	if got := strings.Count(text, "msg=line instance=VI_1"); got != logQueue {
		t.Errorf("%d lines written, want %d", got, logQueue)
	}
	if !strings.Contains(text, `msg="log lines lost" count=5`) {
		t.Error("the lost lines are not told")
	}
}
