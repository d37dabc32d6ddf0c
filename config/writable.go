package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// checkFolders rejects folders in which the program has to write and may not.
func (r *reader) checkFolders(c Config) {
	generated := !c.Production && (r.get(accessSecret) == "" || r.get(refreshSecret) == "")
	if generated || len(c.TLS.ACMEDomains) > 0 {
		r.checkWritable("DATA_DIR", c.DataDir)
	}
	r.checkFile(c.Database)
}

// checkFile looks at a SQLite file, at those that SQLite keeps beside it, and at
// their folder, in which it makes them.
func (r *reader) checkFile(d Database) {
	if d.Driver != "sqlite" {
		return
	}
	variable := "DATA_DIR"
	if r.get("DATABASE_URL") != "" {
		variable = "DATABASE_URL"
	}
	for _, path := range []string{filepath.Dir(d.DSN), d.DSN, d.DSN + "-wal", d.DSN + "-shm"} {
		if !r.failed(variable) {
			r.checkWritable(variable, path)
		}
	}
}

// CheckWritable fails with [Problems] where this account may not write at the path,
// or not make what is not there. The variable says where the path is.
func CheckWritable(variable, path string) error {
	var r reader
	r.checkWritable(variable, path)
	if len(r.problems) > 0 {
		return r.problems
	}
	return nil
}

// checkWritable rejects a file or folder that this account may not write, or not
// make where there is none yet. It says whose it is and who we are.
func (r *reader) checkWritable(variable, path string) {
	there, err := nearest(path)
	if err != nil {
		return // whatever it is, opening it says so
	}
	shown := fmt.Sprintf("%.200q", there)
	err = mayWrite(there)
	switch {
	case errors.Is(err, syscall.EROFS):
		r.fail(variable, shown+" is on a file system that can only be read", "a folder that can be written")
	case errors.Is(err, fs.ErrPermission):
		r.denied(variable, there)
	}
}

func (r *reader) denied(variable, path string) {
	shown := fmt.Sprintf("%.200q", path)
	owner, known := ownerOf(path)
	self := os.Geteuid()
	if !known || owner == self {
		r.fail(variable, shown+" cannot be written by this program, which runs as "+account(self), "a folder in which it may write: chmod u+rwX "+path)
		return
	}
	r.fail(variable, fmt.Sprintf("%s cannot be written: it belongs to %s, and this program runs as %s", shown, account(owner), account(self)),
		fmt.Sprintf("a folder of its own, or as root: chown -R %d %s", self, path))
}

// nearest returns the path, or the nearest folder above it that can be looked
// at.
func nearest(path string) (string, error) {
	for {
		_, err := os.Stat(path)
		parent := filepath.Dir(path)
		if err == nil || parent == path || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return path, err
		}
		path = parent
	}
}

// account returns the name and number of an account.
func account(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username + " (uid " + id + ")"
	}
	return "uid " + id
}
