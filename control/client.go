package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// NotRunningError says that no daemon of that name answers in the run directory.
type NotRunningError struct {
	Name, Dir string
	Err       error
}

// Error says who is missing.
func (e *NotRunningError) Error() string {
	return fmt.Sprintf("lvsctl %s does not run with %s", e.Name, e.Dir)
}

// Unwrap gives the cause.
func (e *NotRunningError) Unwrap() error { return e.Err }

// Hint tells where to look.
func (e *NotRunningError) Hint() string {
	return "start it, or name its directory with --run-dir"
}

// Get asks the daemon name in dir the query and decodes its answer into v.
func Get(ctx context.Context, dir, name, query string, v any) error {
	return ask(ctx, dir, name, query, http.MethodGet, nil, v)
}

// Post gives the daemon name in dir a command with a request, and decodes its
// answer into v.
func Post(ctx context.Context, dir, name, command string, request, v any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("ask lvsctl %s: %w", name, err)
	}
	return ask(ctx, dir, name, command, http.MethodPost, body, v)
}

func ask(ctx context.Context, dir, name, what, method string, body []byte, v any) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socketPath(dir, name))
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+name+"/"+what, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask lvsctl %s: %w", name, err)
	}
	resp, err := client.Do(req)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return &NotRunningError{Name: name, Dir: dir, Err: err}
	} else if err != nil {
		return fmt.Errorf("ask lvsctl %s: %w", name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("ask lvsctl %s for %s: %s", name, what, strings.TrimSpace(string(text)))
	}
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("read the answer of lvsctl %s: %w", name, err)
	}
	return nil
}
