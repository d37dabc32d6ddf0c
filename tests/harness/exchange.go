package harness

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Exchange is a request and its answer.
type Exchange struct {
	Method, Path string
	Status       int
	Refresh      string // the refresh token in the answer, "" when there is none
}

// refreshIn finds a refresh token in an answer's body.
var refreshIn = regexp.MustCompile(`"refreshToken":"([^"]+)"`)

func exchanged(r *http.Request, answer *copied) Exchange {
	exchange := Exchange{Method: r.Method, Path: r.URL.Path, Status: cmp.Or(answer.status, http.StatusOK)}
	if found := refreshIn.FindSubmatch(answer.body.Bytes()); found != nil {
		exchange.Refresh = string(found[1])
	}
	for _, cookie := range (&http.Response{Header: answer.Header()}).Cookies() {
		if strings.HasSuffix(cookie.Name, "refreshToken") {
			exchange.Refresh = cookie.Value
		}
	}
	return exchange
}

// Steps returns the recorded requests as "current-user 401, refresh-token 200", the
// oldest first, each with the last part of its path.
func Steps(exchanges []Exchange) string {
	var steps []string
	for _, e := range exchanges {
		steps = append(steps, fmt.Sprintf("%s %d", path.Base(e.Path), e.Status))
	}
	return strings.Join(steps, ", ")
}

// Count returns how many of the answers to the path have the status.
func Count(exchanges []Exchange, path string, status int) (n int) {
	for _, e := range exchanges {
		if e.Path == path && e.Status == status {
			n++
		}
	}
	return n
}

// Rotations returns how many refresh tokens the answers of refreshes have. Those that
// share one rotation have the same token.
func Rotations(exchanges []Exchange) int {
	var tokens []string
	for _, e := range exchanges {
		if e.Path == RefreshPath && e.Refresh != "" {
			tokens = append(tokens, e.Refresh)
		}
	}
	slices.Sort(tokens)
	return len(slices.Compact(tokens))
}
