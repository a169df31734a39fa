package control

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

type status struct{ State string }

func serve(t *testing.T, dir string) (stop func() error) {
	t.Helper()
	s, err := Listen(dir, "vrrp")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- s.Serve(ctx, Handlers{Queries: map[string]Query{
			"status": func(context.Context) (any, error) { return status{"MASTER"}, nil },
			"broken": func(context.Context) (any, error) { return nil, errors.New("no luck") },
		}, Commands: map[string]Command{
			"become": func(_ context.Context, request json.RawMessage) (any, error) {
				var want status
				err := json.Unmarshal(request, &want)
				return want, err
			},
		}})
	}()
	return func() error { cancel(); return errors.Join(<-done, s.Close()) }
}

func TestAskAndAnswer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	stop := serve(t, dir)
	var got status
	if err := Get(t.Context(), dir, "vrrp", "status", &got); err != nil || got.State != "MASTER" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := Get(t.Context(), dir, "vrrp", "broken", &got); err == nil || err.Error() != "ask lvsctl vrrp for broken: no luck" {
		t.Errorf("got %v", err)
	}
	if err := Post(t.Context(), dir, "vrrp", "become", status{"BACKUP"}, &got); err != nil || got.State != "BACKUP" {
		t.Errorf("command: got %v, %v", got, err)
	}
	if err := Get(t.Context(), dir, "vrrp", "become", &got); err == nil {
		t.Error("a command was taken as a query")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestNotRunning(t *testing.T) {
	dir := t.TempDir()
	var none *NotRunningError
	if err := Get(t.Context(), dir, "vrrp", "status", nil); !errors.As(err, &none) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no socket: got %v", err)
	}
	if err := serve(t, dir)(); err != nil {
		t.Fatal(err)
	}
	if err := Get(t.Context(), dir, "vrrp", "status", nil); !errors.As(err, &none) {
		t.Errorf("daemon gone: got %v", err)
	}
}

func TestOnlyOne(t *testing.T) {
	dir := t.TempDir()
	stop := serve(t, dir)
	var running *RunningError
	if _, err := Listen(dir, "vrrp"); !errors.As(err, &running) {
		t.Errorf("second daemon: got %v", err)
	}
	other, err := Listen(dir, "watch")
	if err != nil {
		t.Fatalf("daemon of another kind: %v", err)
	}
	if err := errors.Join(other.Close(), stop()); err != nil {
		t.Fatal(err)
	}
	stop = serve(t, dir) // the place is free again
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A daemon that was killed leaves its socket file behind.
func TestStaleSocket(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vrrp.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var none *NotRunningError
	if err := Get(t.Context(), dir, "vrrp", "status", nil); !errors.As(err, &none) {
		t.Errorf("nobody listens: got %v", err)
	}
	if err := serve(t, dir)(); err != nil {
		t.Error(err)
	}
}
