package vrrp

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// logQueue is how many lines may wait for a slow reader of the log.
const logQueue = 1024

// lateLog hands records to a goroutine that writes them, because a log that
// blocks must not delay an advertisement. What does not fit is counted as lost.
type lateLog struct {
	next  slog.Handler
	queue chan<- lateRecord
	lost  *atomic.Uint64
}

type lateRecord struct {
	handler slog.Handler
	record  slog.Record
}

// newLateLog gives a logger, and the function that writes what it was given
// until the logger is closed.
func newLateLog(l *slog.Logger) (late *slog.Logger, write, closeLog func()) {
	queue := make(chan lateRecord, logQueue)
	h := lateLog{next: l.Handler(), queue: queue, lost: new(atomic.Uint64)}
	write = func() {
		for r := range queue {
			_ = r.handler.Handle(context.Background(), r.record) // there is nobody to tell
			if n := h.lost.Swap(0); n > 0 {
				l.Warn("log lines lost", "count", n)
			}
		}
	}
	return slog.New(h), write, func() { close(queue) }
}

// Enabled asks the real handler.
func (h lateLog) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle never blocks.
func (h lateLog) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.queue <- lateRecord{handler: h.next, record: r.Clone()}:
	default:
		h.lost.Add(1)
	}
	return nil
}

// WithAttrs lets the real handler prepare the attributes.
func (h lateLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.next = h.next.WithAttrs(attrs)
	return h
}

// WithGroup lets the real handler open the group.
func (h lateLog) WithGroup(name string) slog.Handler {
	h.next = h.next.WithGroup(name)
	return h
}
