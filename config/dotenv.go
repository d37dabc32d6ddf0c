package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/joho/godotenv"
)

func newReader(environ []string, dir string) (*reader, error) {
	file, err := readDotenv(filepath.Join(dir, ".env"))
	if err != nil {
		return nil, err
	}
	environment := make(map[string]string, len(environ))
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		environment[name] = value
	}
	return &reader{environment: environment, file: file}, nil
}

// readDotenv returns nothing for a missing file. Reading stops at a malformed
// one: whatever else it says would be guesswork.
func readDotenv(path string) (map[string]string, error) {
	const good = "lines such as PORT=8080, and # before a comment"
	text, err := os.ReadFile(path) // #nosec G304 -- .env in the working folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, Problems{{path, "cannot be read: " + reason(err), "a readable file, or none"}}
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // Windows Notepad's byte order mark
	values, err := parseDotenv(string(text))
	if err != nil {
		// The parser's own message quotes the file, and so perhaps a secret.
		wrong := "is malformed" + nearLine(string(text))
		return nil, Problems{{path, wrong, good}}
	}
	return values, nil
}

// parseDotenv closes two gaps of the parser: it takes a last line without "="
// or line end for the value of an empty name, and allows spaces in names.
func parseDotenv(text string) (map[string]string, error) {
	values, err := godotenv.Unmarshal(text + "\n")
	for name := range values {
		if name == "" || strings.ContainsAny(name, " \t") {
			return nil, errors.New("not a name")
		}
	}
	return values, err
}

// nearLine points at the first line that cannot stand alone; with values that
// span lines this is where the trouble starts at the earliest.
func nearLine(text string) string {
	for i, line := range strings.Split(text, "\n") {
		if _, err := parseDotenv(line); err != nil {
			return fmt.Sprintf(" near line %d", i+1)
		}
	}
	return ""
}

// reason is the system's word for what went wrong, without the path.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
