package binary

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

const nobody = 65534 // the account that owns nothing

// TestShipped_SaysWhoseTheFolderIsThatItMayNotWrite runs the program as an
// account that owns nothing, where the tests run as root, in folders of root.
func TestShipped_SaysWhoseTheFolderIsThatItMayNotWrite(t *testing.T) {
	t.Parallel()
	program, dir := forEverybody(t)
	self := os.Getuid()
	if self == 0 {
		self = nobody
	}
	for _, name := range []string{"taken", "mine/taken"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		if err := os.Chown(filepath.Join(dir, "mine"), nobody, nobody); err != nil {
			t.Fatal(err)
		}
		harness.WriteFile(t, filepath.Join(dir, "mine"), "sallyport.db", nil) // of root, as after a command with sudo
	}
	for _, tt := range []struct{ variable, of string }{
		{"DATA_DIR=/usr/sallyport-data", "/usr"},
		{"DATA_DIR=/usr", "/usr"},
		{"DATABASE_URL=sqlite:///usr/share/sallyport.db", "/usr/share"},
		{"DATA_DIR=" + filepath.Join(dir, "taken"), filepath.Join(dir, "taken")},
		{"DATA_DIR=" + filepath.Join(dir, "mine"), filepath.Join(dir, "mine/sallyport.db")},
	} {
		if os.Getuid() != 0 && strings.HasPrefix(tt.of, dir) {
			continue // all of it is ours
		}
		for _, args := range [][]string{nil, {"migrate"}} {
			command := exec.CommandContext(t.Context(), program, args...)
			command.Dir = dir
			command.Env = []string{"PORT=0", tt.variable}
			if os.Getuid() == 0 {
				command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := command.CombinedOutput()
			name, _, _ := strings.Cut(tt.variable, "=")
			for _, words := range []string{name + ": ", strconv.Quote(tt.of), "belongs to root (uid 0)", "(uid " + strconv.Itoa(self) + ")", "chown -R " + strconv.Itoa(self)} {
				if err == nil || !strings.Contains(string(out), words) {
					t.Errorf("%s %v: %v, and it does not say %s: %s", tt.variable, args, err, words, out)
				}
			}
		}
	}
}

// forEverybody copies the program into a folder that every account can read.
func forEverybody(t *testing.T) (program, dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sallyport-folders-") // those of t.TempDir are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program = filepath.Join(dir, "sallyport")
	from, err := os.Open(string(harness.Built(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err == nil {
		_, err = io.Copy(to, from)
	}
	if err == nil {
		err = to.Close()
	}
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return program, dir
}
