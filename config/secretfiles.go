package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// Each of these names a file that holds the value of the variable without _FILE.
// There is one for each variable that may hold a secret.
const (
	fileOfAccessSecret  = "ACCESS_TOKEN_SECRET_FILE"
	fileOfRefreshSecret = "REFRESH_TOKEN_SECRET_FILE" // #nosec G101 -- the name of a variable
	fileOfDatabase      = "DATABASE_URL_FILE"
	fileOfRedis         = "REDIS_URL_FILE"
	fileOfMailServer    = "SMTP_URL_FILE"
	fileOfBucket        = "MEDIA_URL_FILE"
)

var secretFiles = []string{fileOfAccessSecret, fileOfRefreshSecret, fileOfDatabase, fileOfRedis, fileOfMailServer, fileOfBucket}

const longestSecret = 64 << 10 // bytes: a longer file is another one

// readSecretFiles sets the variables whose files these name. A relative path
// starts at dir.
func (r *reader) readSecretFiles(dir string, files ...string) {
	for _, file := range files {
		variable := strings.TrimSuffix(file, "_FILE")
		if r.get(file) == "" {
			continue
		}
		if r.get(variable) != "" {
			r.fail(file, "is set beside "+variable, "one of the two")
			continue
		}
		path := r.path(file, dir, r.get(file))
		value, wrong := readSecret(path)
		if wrong != "" {
			r.fail(file, fmt.Sprintf("names %.200q, which %s", path, wrong), "a file with the value of "+variable+" in one line, and nothing else")
			continue
		}
		r.environment[variable] = value
	}
}

// readSecret returns the one line of the file, or what is wrong with the file. It
// waits for no pipe: nobody may ever write to it.
func readSecret(path string) (value, wrong string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", "cannot be read: " + reason(err)
	case info.IsDir():
		return "", "is a folder"
	case !info.Mode().IsRegular():
		return "", "is not a file"
	}
	file, err := os.Open(path) // #nosec G304 -- the operator names it
	if err != nil {
		return "", "cannot be read: " + reason(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestSecret+1))
	if err != nil {
		return "", "cannot be read: " + reason(err)
	}
	if len(text) > longestSecret {
		return "", fmt.Sprintf("is larger than %d bytes", longestSecret)
	}
	return oneLine(string(bytes.TrimPrefix(text, byteOrderMark)))
}

// oneLine removes the space around the line, and the line end that editors add.
func oneLine(text string) (value, wrong string) {
	value = strings.TrimSpace(text)
	switch {
	case value == "":
		return "", "is empty"
	case strings.ContainsAny(value, "\r\n"):
		return "", "has more than one line"
	case strings.ContainsRune(value, 0):
		return "", "is not text in UTF-8"
	}
	return value, ""
}
