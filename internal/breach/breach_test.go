package breach

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const leaked = "engine-no-1-plan"

// hash is the SHA-1 of leaked in the form of the protocol.
var hash = fmt.Sprintf("%X", sha1.Sum([]byte(leaked)))

// list returns a list whose server answers with the handler. Whatever it answers
// with, the request must not name the password.
func list(t *testing.T, handler http.HandlerFunc) *List {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.RequestURI != "/range/"+hash[:prefix] || r.Header.Get("Add-Padding") != "true" {
			t.Errorf("asked %s %s with %v", r.Method, r.RequestURI, r.Header)
		}
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return New(server.URL + "/range")
}

// other is an entry of another password.
const other = "0018A45C4D1DEF81644B54AB7F969B88D65:21\r\n"

func TestHas_ReadsTheAnswer(t *testing.T) {
	suffix := hash[prefix:]
	for _, tt := range []struct {
		why, answer string
		has         bool
	}{
		{"the only entry", suffix + ":1", true},
		{"between others", other + suffix + ":52\r\n" + other, true},
		{"in lower case, without returns", strings.ToLower(suffix) + ":3\n", true},
		{"a count that begins with zero", suffix + ":010\r\n", true},
		{"not in it", other + other, false},
		{"padding", other + suffix + ":0\r\n", false},
		{"empty", "", false},
	} {
		l := list(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.answer) })
		if has, err := l.Has(t.Context(), leaked); has != tt.has || err != nil {
			t.Errorf("%s: %v, %v", tt.why, has, err)
		}
	}
}

func TestHas_AnAnswerThatSaysNothingIsAnErrorThatNamesNothing(t *testing.T) {
	for _, tt := range []struct {
		why    string
		answer http.HandlerFunc
	}{
		{"an error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, hash, 500) }},
		{"no such page", http.NotFound},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>"+hash) }},
		{"an entry that is cut off", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, other[:20]) }},
		{"one long line", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("0", 2*maxBody)) }},
		{"too many entries", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat(other, maxBody/len(other)+1)+hash[prefix:]+":1")
		}},
		{"a redirect to somewhere that has it", func(w http.ResponseWriter, r *http.Request) {
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
			t.Cleanup(elsewhere.Close)
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
		}},
		{"the end of the connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		has, err := list(t, tt.answer).Has(t.Context(), leaked)
		if has || err == nil {
			t.Errorf("%s: %v, %v", tt.why, has, err)
			continue
		}
		wantNothingOfIt(t, tt.why, err)
	}
}

func TestHas_NobodyThereIsAnError(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	has, err := New(server.URL).Has(t.Context(), leaked)
	if has || err == nil {
		t.Fatalf("%v, %v", has, err)
	}
	wantNothingOfIt(t, "nobody there", err)
}

// The server answers in part, and then waits for its client to go.
func TestHas_WaitsNoLongerThanItsLimit(t *testing.T) {
	for _, sent := range []string{"", other} {
		l := list(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, sent)
			if sent != "" {
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})
		has, err := l.Has(t.Context(), leaked)
		if has || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after %q: %v, %v", sent, has, err)
		}
		wantNothingOfIt(t, "slow", err)
	}
}

func TestHas_EndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := list(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if has, err := l.Has(ctx, leaked); has || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", has, err)
	}
}

func wantNothingOfIt(t *testing.T, why string, err error) {
	t.Helper()
	for _, secret := range []string{leaked, hash[:prefix], hash[prefix:]} {
		if strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(secret)) {
			t.Errorf("%s: the error shows %q: %v", why, secret, err)
		}
	}
}
