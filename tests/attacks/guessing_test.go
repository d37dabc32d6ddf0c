package attacks

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/auth"
	"sallyport/tests/harness"
)

// lockAfter is the promise of docs/limits.md.
const lockAfter = 100

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// said is an answer without what differs from one request to the next.
func said(answer harness.Answer) string {
	return fmt.Sprint(answer.Status, requestID.ReplaceAllString(answer.Raw, ""), answer.Header.Get("Retry-After"))
}

// guesses sends wrong passwords for a name, each from an address of its own,
// waits as long as it is told to, and returns the waits.
func guesses(t *testing.T, server *harness.Server, login string, times int, between func()) (waits []time.Duration) {
	t.Helper()
	attacker := server.Client(t)
	for n, wrong := 0, 0; wrong < times; n++ {
		between()
		answer := from(attacker, fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)).Post(loginPath, login)
		if answer.Status == http.StatusTooManyRequests {
			waits = append(waits, retryAfter(t, answer))
			server.Clock.Advance(waits[len(waits)-1])
			continue
		}
		answer.Want(t, http.StatusUnauthorized, "invalid_credentials")
		wrong++
	}
	return waits
}

func unlock(t *testing.T, server *harness.Server, name string) {
	t.Helper()
	if _, found, err := auth.Unlock(t.Context(), server.Store, slog.New(slog.DiscardHandler), name); !found || err != nil {
		t.Fatal(found, err)
	}
}

func TestAttack28_AHundredWrongPasswordsFromChangingAddresses(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start(limitsOn("ACCESS_TOKEN_EXPIRY=1h")...)
		owner := adaOn(t, server)
		began, refreshed := server.Clock.Now(), server.Clock.Now()
		waits := guesses(t, server, wrongPassword, lockAfter, func() {
			if server.Clock.Now().Sub(refreshed) > 30*time.Minute { // as any client does
				owner.Post(refreshPath, "").Want(t, http.StatusOK, "")
				refreshed = server.Clock.Now()
			}
			owner.Get(currentUser).Want(t, http.StatusOK, "")
		})
		if took := server.Clock.Now().Sub(began); took < 20*time.Hour {
			t.Errorf("a hundred guesses take %s only", took)
		}
		if first, last := waits[0], waits[len(waits)-1]; first > 12*time.Second || last < 20*time.Minute {
			t.Errorf("the delays do not grow: first %s, last %s", first, last)
		}

		server.Clock.Advance(24 * time.Hour)
		owner.Post(refreshPath, "").Want(t, http.StatusOK, "")
		wrong := server.Client(t).Post(loginPath, wrongPassword)
		right := server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusUnauthorized, "invalid_credentials")
		nobody := server.Client(t).Post(loginPath, `{"email":"nobody@example.com","password":"engine-no-1-plan"}`)
		if said(right) != said(wrong) || said(right) != said(nobody) {
			t.Errorf("the answers tell apart\nlocked  %s\nwrong   %s\nunknown %s", said(right), said(wrong), said(nobody))
		}
		server.Client(t).Post(loginPath, `{"username":"ada","password":"engine-no-1-plan"}`).Want(t, http.StatusUnauthorized, "invalid_credentials")
		owner.Post(changePath, `{"oldPassword":"engine-no-1-plan","newPassword":"engine-no-2-plan"}`).Want(t, http.StatusBadRequest, "validation_failed")
		owner.Get(currentUser).Want(t, http.StatusOK, "")

		unlock(t, server, "ADA@example.com")
		server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusOK, "")
		if log := server.Log.String(); strings.Count(log, `"event":"password_locked"`) != 1 {
			t.Error("the log does not say once that the password was locked")
		}
	})
}

func TestAttack28_AnUnknownAccountIsThrottledAlike(t *testing.T) {
	server := harness.Start(t, limitsOn()...)
	adaOn(t, server)
	asked := func(login string) (heard []string) {
		attacker := server.Client(t)
		for n := range 12 { // more than fit into a minute
			heard = append(heard, said(from(attacker, fmt.Sprintf("10.0.0.%d", n)).Post(loginPath, login)))
		}
		return heard
	}
	known := asked(wrongPassword)
	for _, name := range []string{`"email":"nobody@example.com"`, `"username":"nobody"`, `"username":"no body"`} {
		if unknown := asked(`{` + name + `,"password":"engine-no-9-plan"}`); strings.Join(unknown, "\n") != strings.Join(known, "\n") {
			t.Errorf("%s: \n%q\nknown:\n%q", name, unknown, known)
		}
	}
}

func TestAttack28_OneAccountUnderManySpellingsIsOne(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ACCOUNT=3/hour")...)
	adaOn(t, server)
	for _, email := range []string{"ada@example.com", "ADA@example.com", " ada@EXAMPLE.com "} {
		server.Client(t).Post(loginPath, fmt.Sprintf(`{"email":%q,"password":"engine-no-9-plan"}`, email)).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	retryAfter(t, server.Client(t).Post(loginPath, `{"email":"aDa@example.com","password":"engine-no-9-plan"}`))
}

func TestAttack28_RightPasswordsUseNothingUpAndStartTheCountAgain(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start("RATE_LIMITS=on", "LIMIT_LOGIN_PER_ADDRESS=1000/second", "LIMIT_LOGIN_PER_ACCOUNT=99/day")
		adaOn(t, server)
		for range 120 {
			server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusOK, "")
		}
		for range 2 {
			for range lockAfter - 1 {
				server.Client(t).Post(loginPath, wrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
			}
			server.Clock.Advance(24 * time.Hour)
			server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusOK, "")
		}
	})
}

// In the next tests the rates are off, so that only the count in the row is
// between the attacker and the account.

func TestAttack28_FiftyWrongPasswordsAtOnceAreAllCounted(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		owner := adaOn(t, server)
		atOnce(t, 50, func() {
			server.Client(t).Post(loginPath, wrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
		})
		user, _, err := server.Store.UserByUsername(t.Context(), "ada")
		if err != nil || user.FailedLogins != 50 {
			t.Errorf("%d counted, want 50: %v", user.FailedLogins, err)
		}
		owner.Post(refreshPath, "").Want(t, http.StatusOK, "")
	})
}

func TestAttack28_TheRightOneAmongManyAtOnceComesTooLate(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		adaOn(t, server)
		for range lockAfter - 1 {
			server.Client(t).Post(loginPath, wrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
		}
		atOnce(t, 20, func() { server.Client(t).Post(loginPath, wrongPassword) })
		server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusUnauthorized, "invalid_credentials")
	})
}

func TestAttack28_ChangePasswordIsNoWayToGuess(t *testing.T) {
	const guess = `{"oldPassword":"engine-no-9-plan","newPassword":"engine-no-2-plan"}`
	t.Run("throttled", func(t *testing.T) {
		server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ACCOUNT=5/minute")...)
		stolen := adaOn(t, server)
		for range 5 {
			stolen.Post(changePath, guess).Want(t, http.StatusBadRequest, "validation_failed")
		}
		retryAfter(t, stolen.Post(changePath, guess))
		stolen.Get(currentUser).Want(t, http.StatusOK, "")
	})
	t.Run("locked", func(t *testing.T) {
		harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
			server := start()
			stolen := adaOn(t, server)
			for range lockAfter {
				stolen.Post(changePath, guess).Want(t, http.StatusBadRequest, "validation_failed")
			}
			server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusUnauthorized, "invalid_credentials")
			unlock(t, server, "ada")
			stolen.Post(changePath, `{"oldPassword":"engine-no-1-plan","newPassword":"engine-no-2-plan"}`).Want(t, http.StatusOK, "")
		})
	})
}

func atOnce(t *testing.T, times int, do func()) {
	t.Helper()
	var group sync.WaitGroup
	for range times {
		group.Go(do)
	}
	group.Wait()
}
