// Package control is the unix socket of a daemon: there it tells its state and
// takes commands, and there its clients find it. The protocol is HTTP with JSON,
// so that curl --unix-socket serves as well as lvsctl itself.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/lvsctl/lvsctl/system"
)

// RunningError says that another daemon of that name uses the run directory.
type RunningError struct{ Name, Dir string }

// Error says who is in the way.
func (e *RunningError) Error() string {
	return fmt.Sprintf("another lvsctl %s runs already with %s", e.Name, e.Dir)
}

// Hint tells the two ways out.
func (e *RunningError) Hint() string {
	return "stop it first, or give this one a directory of its own with --run-dir"
}

// Query answers one question with a value that can be shown as JSON.
type Query func(ctx context.Context) (any, error)

// Command carries out a request, which is the JSON that the client sent, and
// answers with a value that can be shown as JSON.
type Command func(ctx context.Context, request json.RawMessage) (any, error)

// Handlers are what a daemon answers, by name.
type Handlers struct {
	Queries  map[string]Query   // GET /NAME
	Commands map[string]Command // POST /NAME
}

// maxRequest bounds what a client may send, in bytes.
const maxRequest = 64 << 10

// grace is how long a client may take to read its answer when the server stops.
const grace = time.Second

// Server is one daemon's place in a run directory: as long as it is open no
// other daemon of the same name can start there.
type Server struct {
	lock     io.Closer
	listener net.Listener
}

// Listen claims the place of daemon name ("vrrp", "watch") in dir, which is
// made if it is not there, and opens the socket dir/name.sock.
func Listen(dir, name string) (*Server, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	lock, err := claim(dir, name)
	if err != nil {
		return nil, err
	}
	l, err := listen(socketPath(dir, name))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Server{lock: lock, listener: l}, nil
}

// claim takes the lock that the kernel drops by itself when the daemon dies.
func claim(dir, name string) (io.Closer, error) {
	lock, err := system.TryLock(filepath.Join(dir, name+".lock"))
	if errors.Is(err, system.ErrLocked) {
		return nil, &RunningError{Name: name, Dir: dir}
	}
	return lock, err
}

// listen opens the socket; a stale one of a daemon that was killed goes first.
func listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove stale socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect control socket: %w", err), l.Close())
	}
	return l, nil
}

// Serve answers until ctx ends.
func (s *Server) Serve(ctx context.Context, h Handlers) error {
	mux := http.NewServeMux()
	for name, q := range h.Queries {
		mux.Handle("GET /"+name, answer(q))
	}
	for name, c := range h.Commands {
		mux.Handle("POST /"+name, obey(c))
	}
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		shutdown(srv)
	})
	err := srv.Serve(s.listener)
	if errors.Is(err, http.ErrServerClosed) {
		<-ended
		return nil
	}
	stop()
	return err
}

// shutdown lets answers that are on their way arrive.
func shutdown(srv *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if srv.Shutdown(ctx) != nil {
		_ = srv.Close() // who did not take the answer in time goes without
	}
}

// Close gives the place up: another daemon of that name may start.
func (s *Server) Close() error {
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // Serve has closed it
	}
	return errors.Join(err, s.lock.Close())
}

func answer(q Query) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := q(r.Context())
		write(w, v, err)
	})
}

func obey(c Command) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		v, err := c(r.Context(), request)
		write(w, v, err)
	})
}

func write(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the client has gone: nobody is left to tell
}

func socketPath(dir, name string) string { return filepath.Join(dir, name+".sock") }
