package attacks

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	hashing "sallyport/auth/password"
	"sallyport/models"
	"sallyport/tests/harness"
)

const (
	samples = 200 // in all, at least (OWASP ASVS 6.3.8)

	// A kind may take longer than another by this part of an answer's time, in so
	// many pairs. One that skips the hash, or makes two, does so always. The detector
	// of races makes all but the hash much longer.
	noticeable = 4
	tolerated  = 0.75
)

// failures are sign-ins that fail for different reasons, whose answers must not differ.
var failures = []struct{ name, body string }{
	{"unknown user", harness.LoginBody("nobody", harness.Password)},
	{"wrong password", harness.LoginBody("ada", harness.WrongPassword)},
	{"disabled user, right password", harness.LoginBody("eve", harness.Password)},
	{"locked user, right password", harness.LoginBody("joan", harness.Password)},
}

// Interleaved in a random order, so that whatever else the machine does falls
// on all failures alike.
func TestAttack25_FailedSignInsAreOneAnswerInOneTime(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { compareFailures(t) })
	t.Run("postgres", func(t *testing.T) { compareFailures(t, "DATABASE_URL="+harness.MigratedPostgresURL(t)) })
}

func compareFailures(t *testing.T, variables ...string) {
	t.Helper()
	params := hashing.Recommended
	params.Memory /= 4 // a quarter of the time: what differs beside the hash shows the more
	server := harness.StartHashing(t, params, variables...)
	for _, name := range []string{"ada", "eve", "joan"} {
		server.SignUp(t, name)
	}
	server.Disable(t, "eve")
	lock(t, server, "joan")

	client := server.Client(t)
	first := client.Post(harness.LoginPath, failures[0].body)
	took := make([][]time.Duration, len(failures))
	for sent := 0; sent < samples; sent += len(failures) {
		for _, kind := range rand.Perm(len(failures)) {
			started := time.Now()
			answer := client.Post(harness.LoginPath, failures[kind].body)
			took[kind] = append(took[kind], time.Since(started))
			wantSameAnswer(t, failures[kind].name, first, answer.Want(t, 401, "invalid_credentials"))
		}
	}
	names := make([]string, len(failures))
	for i, failure := range failures {
		names[i] = failure.name
	}
	wantOneTime(t, names, took)
}

// wantOneTime fails where one kind takes noticeably longer than another.
func wantOneTime(t *testing.T, kinds []string, took [][]time.Duration) {
	t.Helper()
	margin := median(slices.Concat(took...)) / noticeable
	for i, kind := range kinds {
		t.Logf("%s: median %v", kind, median(took[i]))
		for j, other := range kinds {
			if longer := chanceLonger(took[i], took[j], margin); longer > tolerated {
				t.Errorf("%s takes longer than %s by %v and more in %.0f %% of pairs", kind, other, margin, 100*longer)
			}
		}
	}
}

// lock does what 100 wrong passwords in a row do, without hashing them.
func lock(t *testing.T, server *harness.Server, username string) {
	t.Helper()
	user := server.User(t, username)
	for failed := 0; failed < lockAfter; {
		var err error
		if failed, err = server.Store.CountFailedLogin(t.Context(), user.ID, lockAfter, models.Activity{ID: uuid.New(), UserID: user.ID}); err != nil {
			t.Fatal(err)
		}
	}
}

// wantSameAnswer compares everything but the request's own id and the date.
func wantSameAnswer(t *testing.T, name string, want, got harness.Answer) {
	t.Helper()
	if got.Message != want.Message || len(got.Errors) != 0 || len(got.Raw) != len(want.Raw) {
		t.Errorf("%s: %s, and before %s", name, got.Raw, want.Raw)
	}
	for header := range want.Header {
		if header != "Date" && header != "X-Request-Id" && !slices.Equal(want.Header[header], got.Header[header]) {
			t.Errorf("%s: %s is %q, and before %q", name, header, got.Header[header], want.Header[header])
		}
	}
	if len(got.Header) != len(want.Header) {
		t.Errorf("%s: headers %v, and before %v", name, got.Header, want.Header)
	}
}

// chanceLonger is how often one of a takes longer than one of b by this margin:
// Mann and Whitney's U as a share of all pairs. A few very slow answers of a busy
// machine do no harm.
func chanceLonger(a, b []time.Duration, margin time.Duration) float64 {
	var longer int
	for _, x := range a {
		for _, y := range b {
			if x > y+margin {
				longer++
			}
		}
	}
	return float64(longer) / float64(len(a)*len(b))
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}
