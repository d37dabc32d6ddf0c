package config

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/joho/godotenv"
)

// generated holds development's own secrets, as kept in DATA_DIR/secrets.env.
type generated struct{ access, refresh []string }

// generated reads the file, or writes it first. It always holds both secrets,
// so that setting one of the variables and unsetting it again signs nobody
// out twice. Nothing is written while the rest of the configuration is wrong.
func (r *reader) generated(dataDir string) generated {
	path := filepath.Join(dataDir, "secrets.env")
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		if len(r.problems) > 0 {
			return generated{}
		}
		if err = createSecrets(path); err == nil {
			r.warn("generated the missing token secrets into %s", path)
			text, err = readPrivate(path)
		}
	} else if err == nil {
		r.inform("using the generated token secrets in %s", path)
	}
	if err != nil {
		r.fail(path, reason(err), "a private file (chmod 600), or set "+accessSecret+" and "+refreshSecret)
		return generated{}
	}
	return r.parseGenerated(path, text)
}

func (r *reader) parseGenerated(path string, text []byte) generated {
	values, err := godotenv.UnmarshalBytes(text)
	access, refresh := values[accessSecret], values[refreshSecret]
	if err != nil || weakness(access) != "" || weakness(refresh) != "" || access == refresh {
		r.fail(path, "is damaged", "a copy of the file, or delete it to make new secrets (which signs everybody out)")
		return generated{}
	}
	return generated{[]string{access}, []string{refresh}}
}

var errShared = errors.New("can be read by other users")

func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, errShared
	}
	return os.ReadFile(path) // #nosec G304 -- inside DATA_DIR, which the operator names
}

// createSecrets writes a file under a name of its own and links it into place:
// the link fails when another start was faster, whose file then counts, and
// nobody ever reads half a file.
func createSecrets(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".secrets-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = fmt.Fprintf(file, "# Made by Sallyport for development. Deleting it signs everybody out.\n%s=%s\n%s=%s\n",
		accessSecret, newSecret(), refreshSecret, newSecret())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err = os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func newSecret() string {
	key := make([]byte, minSecret)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(key)
}
