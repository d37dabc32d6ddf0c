package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"runtime"
	"strings"
)

// File is an open picture.
type File = io.ReadSeekCloser

// Folder keeps pictures as files. Several instances of the program may share it.
type Folder struct{ path string }

// NewFolder returns the store in the folder, which need not exist yet.
func NewFolder(path string) *Folder { return &Folder{path} }

// part ends the name of a file that is being written.
const part = ".part"

// Put keeps the picture under a name of [NewName]. It is durable when Put returns
// nil, and there as a whole or not at all. Errors: [ErrUnavailable].
func (f *Folder) Put(_ context.Context, name string, picture []byte) error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return unavailable(err)
	}
	return f.in(func(folder *os.Root) error {
		err := write(folder, name+part, picture)
		if err == nil {
			err = folder.Rename(name+part, name)
		}
		if err != nil {
			return errors.Join(err, folder.Remove(name+part))
		}
		return persist(folder)
	})
}

// in works in the folder, and nowhere outside of it.
func (f *Folder) in(work func(folder *os.Root) error) error {
	folder, err := os.OpenRoot(f.path)
	if err != nil {
		return unavailable(err)
	}
	return unavailable(errors.Join(work(folder), folder.Close()))
}

// write makes the file and returns when it is on the disk.
func write(folder *os.Root, name string, content []byte) error {
	file, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// persist makes a new name durable. Windows does it by itself.
func persist(folder *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	itself, err := folder.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(itself.Sync(), itself.Close())
}

// Open returns the picture, to be closed by the caller. Errors: [ErrNotFound],
// [ErrUnavailable].
func (f *Folder) Open(_ context.Context, name string) (File, error) {
	if !IsName(name) {
		return nil, ErrNotFound
	}
	file, err := os.OpenInRoot(f.path, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotFound
	case err != nil:
		return nil, unavailable(err)
	}
	return file, nil
}

// Remove deletes the picture. One that is not there, or a name that is none of
// [NewName], is no error. Errors: [ErrUnavailable].
func (f *Folder) Remove(_ context.Context, name string) error {
	if !IsName(strings.TrimSuffix(name, part)) {
		return nil
	}
	err := f.in(func(folder *os.Root) error { return folder.Remove(name) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

const pageSize = 1000 // entries that are read at once

// All returns every picture, and what is left of those that were never written to
// their end. Other files in the folder are not the program's. The last error, if
// any, is [ErrUnavailable].
func (f *Folder) All(ctx context.Context) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		folder, err := os.Open(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		for err == nil {
			var entries []os.DirEntry
			if entries, err = folder.ReadDir(pageSize); err == nil {
				err = ctx.Err()
			}
			for _, entry := range entries {
				info, gone := entry.Info()
				if gone == nil && IsName(strings.TrimSuffix(entry.Name(), part)) && !yield(Stored{entry.Name(), info.ModTime()}, nil) {
					_ = folder.Close() // it was only read
					return
				}
			}
		}
		_ = folder.Close() // nil: it says so and does nothing
		if err != io.EOF {
			yield(Stored{}, unavailable(err))
		}
	}
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
