package system

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process holds a lock.
var ErrLocked = errors.New("locked by another process")

// TryLock takes the lock that the file at path stands for, or fails at once with
// ErrLocked. The kernel drops the lock when it is closed or its holder dies.
func TryLock(path string) (io.Closer, error) { return lock(path, unix.LOCK_EX|unix.LOCK_NB) }

// Lock is TryLock that waits for its turn.
func Lock(path string) (io.Closer, error) { return lock(path, unix.LOCK_EX) }

func lock(path string, how int) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		err = unix.Flock(int(f.Fd()), how)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// ReplaceFile writes a file in one step: whoever reads it, also after a crash,
// finds the old contents or the new, never a part.
func ReplaceFile(path string, contents []byte) error {
	return writeFile(path, contents, func(*os.File) error { return nil }, os.Rename)
}

// RewriteFile is ReplaceFile for a file that exists: its mode and owner stay, and
// a symbolic link stays one.
func RewriteFile(path string, contents []byte) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, plain(err))
	}
	info, err := os.Stat(real)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, plain(err))
	}
	return writeFile(real, contents, func(f *os.File) error { return takeOver(f, info) }, os.Rename)
}

// takeOver gives a file mode and owner of another.
func takeOver(f *os.File, of os.FileInfo) error {
	if owner, known := of.Sys().(*syscall.Stat_t); known {
		if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(of.Mode().Perm())
}

// CreateFile writes a new file in one step, readable by its owner only. The error
// wraps fs.ErrExist if there is one already.
func CreateFile(path string, contents []byte) error {
	return writeFile(path, contents, func(*os.File) error { return nil }, func(tmp, path string) error {
		if err := os.Link(tmp, path); err != nil {
			return plainLink(err)
		}
		return os.Remove(tmp)
	})
}

// plainLink is the error without the name of the temporary file.
func plainLink(err error) error {
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		return le.Err
	}
	return err
}

// writeFile writes a file beside path, prepares it and puts it in place.
func writeFile(path string, contents []byte, prepare func(*os.File) error, place func(tmp, path string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, plain(err))
	}
	_, err = tmp.Write(contents)
	if err == nil {
		err = prepare(tmp)
	}
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = place(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(tmp.Name()))
	}
	return nil
}
