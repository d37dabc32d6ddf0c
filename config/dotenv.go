package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

var byteOrderMark = []byte("\xef\xbb\xbf") // Windows Notepad begins a file with it

// readDotenv returns nil for a missing file. A malformed file is an error, and
// no value of it is used.
func readDotenv(path string) (map[string]string, error) {
	const good = "lines such as PORT=8080, and # before a comment"
	text, err := os.ReadFile(path) // #nosec G304 -- .env in the working folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, Problems{{path, "cannot be read: " + reason(err), "a readable file, or none"}}
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	values, err := parseDotenv(string(text))
	if err != nil {
		// The parser's own message quotes the file, and so perhaps a secret.
		wrong := "is malformed" + nearLine(string(text))
		return nil, Problems{{path, wrong, good}}
	}
	return values, nil
}

// parseDotenv rejects two mistakes that the parser accepts: a last line without
// "=" or line end, which it reads as the value of an empty name, and a name with
// spaces.
func parseDotenv(text string) (map[string]string, error) {
	values, err := godotenv.Unmarshal(text + "\n")
	for name := range values {
		if name == "" || strings.ContainsAny(name, " \t") {
			return nil, errors.New("not a name")
		}
	}
	return values, err
}

// nearLine names the first line that cannot be parsed alone. With values of
// several lines the mistake may be further down.
func nearLine(text string) string {
	for i, line := range strings.Split(text, "\n") {
		if _, err := parseDotenv(line); err != nil {
			return fmt.Sprintf(" near line %d", i+1)
		}
	}
	return ""
}

// reason returns the system's message without the path.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
