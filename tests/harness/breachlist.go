package harness

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// BreachList is a list of leaked passwords on this machine, for BREACH_LIST_URL.
type BreachList struct {
	URL   string
	asked atomic.Int64
}

// Asked returns how many requests there were.
func (l *BreachList) Asked() int { return int(l.asked.Load()) }

// NewBreachList starts a list that has these passwords, and ends it with the test.
func NewBreachList(t testing.TB, leaked ...string) *BreachList {
	t.Helper()
	return ServeBreachList(t, func(w http.ResponseWriter, r *http.Request) {
		for _, password := range leaked {
			hash := fmt.Sprintf("%X", sha1.Sum([]byte(password)))
			if suffix, found := strings.CutPrefix(hash, strings.TrimPrefix(r.URL.Path, "/range/")); found {
				fmt.Fprintf(w, "%s:1\r\n", suffix)
			}
		}
	})
}

// ServeBreachList is [NewBreachList] with these answers.
func ServeBreachList(t testing.TB, answer http.HandlerFunc) *BreachList {
	t.Helper()
	l := &BreachList{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	l.URL = server.URL + "/range"
	return l
}
