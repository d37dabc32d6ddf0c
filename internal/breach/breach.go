// Package breach asks a list of leaked passwords whether it has one, without
// telling it which: the range protocol of Pwned Passwords
// (https://haveibeenpwned.com/API/v3#PwnedPasswords). Most callers need [New] and
// [List.Has]. It imports no other package of the program.
package breach

import (
	"bufio"
	"context"
	"crypto/sha1" // #nosec G505 -- the protocol names entries by it; it protects nothing
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	timeLimit = 800 * time.Millisecond // from the first packet to the last byte: a person waits for it
	maxBody   = 1 << 20                // bytes; an answer with padding has about 50 KB
	prefix    = 5                      // hexadecimal digits that the list learns: one of a million groups
)

// List is a list of leaked passwords behind a URL. It is safe for concurrent use.
type List struct {
	url    string
	client *http.Client
}

// New returns the list at this URL, without a trailing slash.
func New(url string) *List {
	return &List{url, &http.Client{
		Timeout:       timeLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Has reports whether the password is in the list. An error means that the list
// could not say within 800 ms; its text holds nothing of the password.
func (l *List) Has(ctx context.Context, password string) (bool, error) {
	sum := sha1.Sum([]byte(password)) // #nosec G401 -- see the import
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+"/"+digits[:prefix], nil)
	if err != nil {
		return false, withoutURL(err)
	}
	request.Header.Set("Add-Padding", "true") // else the size of the answer names the group
	answer, err := l.client.Do(request)
	if err != nil {
		return false, withoutURL(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return false, fmt.Errorf("status %d", answer.StatusCode)
	}
	return find(http.MaxBytesReader(nil, answer.Body, maxBody), digits[prefix:])
}

// find looks for the suffix in lines of SUFFIX:COUNT. A count of 0 is padding.
func find(body io.Reader, suffix string) (bool, error) {
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		found, count, isEntry := strings.Cut(lines.Text(), ":")
		if !isEntry || len(found) != len(suffix) {
			return false, errors.New("the answer is not one of the range protocol")
		}
		if strings.EqualFold(found, suffix) {
			return strings.Trim(count, "0") != "", nil
		}
	}
	return false, lines.Err()
}

// withoutURL returns the cause alone: the URL holds the beginning of the hash.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
