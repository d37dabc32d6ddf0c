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

// generatedSecrets are the secrets in DATA_DIR/secrets.env, for development.
type generatedSecrets struct{ access, refresh []string }

// loadGenerated reads the file, and creates it first if it is missing, generate
// is true and the configuration has no problems. The file holds both secrets also when only one
// is used: a variable that is set and later unset then brings the old secret
// back.
func (r *reader) loadGenerated(dataDir string, generate bool) generatedSecrets {
	path := filepath.Join(dataDir, "secrets.env")
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		if len(r.problems) > 0 || !generate {
			return generatedSecrets{}
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
		return generatedSecrets{}
	}
	return r.parseGenerated(path, text)
}

func (r *reader) parseGenerated(path string, text []byte) generatedSecrets {
	values, err := godotenv.UnmarshalBytes(text)
	access, refresh := values[accessSecret], values[refreshSecret]
	if err != nil || weakness(access) != "" || weakness(refresh) != "" || access == refresh {
		r.fail(path, "is damaged", "a copy of the file, or delete it to make new secrets (which signs everybody out)")
		return generatedSecrets{}
	}
	return generatedSecrets{[]string{access}, []string{refresh}}
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

// createSecrets writes a temporary file and links it to path. If another process
// created path first, the link fails and that file is used. No process can read
// an incomplete file.
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
		accessSecret, NewSecret(), refreshSecret, NewSecret())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err = os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// NewSecret returns a random secret for tokens.
func NewSecret() string {
	key := make([]byte, minSecret)
	rand.Read(key) // returns no error: without random bytes crypto/rand ends the program
	return hex.EncodeToString(key)
}
