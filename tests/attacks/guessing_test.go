package attacks

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// lockAfter is the promise of docs/limits.md.
const lockAfter = 100

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// said is an answer without what differs from one request to the next.
func said(answer harness.Answer) string {
	return fmt.Sprint(answer.Status, requestID.ReplaceAllString(answer.Raw, ""), answer.Header.Get("Retry-After"))
}

// guesses sends wrong passwords for Ada, each from an address of its own,
// waits as long as Retry-After says, and returns the waits.
func guesses(t *testing.T, server *harness.Server, times int, between func()) (waits []time.Duration) {
	t.Helper()
	attacker := server.Client(t)
	for n, wrong := 0, 0; wrong < times; n++ {
		between()
		answer := from(attacker, fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)).Login("ada", harness.WrongPassword)
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

func TestAttack28_AHundredWrongPasswordsFromChangingAddresses(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		owner := server.SignUp(t, "ada")
		began, refreshed := server.Clock.Now(), server.Clock.Now()
		waits := guesses(t, server, lockAfter, func() {
			if server.Clock.Now().Sub(refreshed) > 30*time.Minute { // as any client does
				owner.Refresh().Want(t, http.StatusOK, "")
				refreshed = server.Clock.Now()
			}
			owner.CurrentUser().Want(t, http.StatusOK, "")
		})
		if took := server.Clock.Now().Sub(began); took < 20*time.Hour {
			t.Errorf("a hundred guesses take %s only", took)
		}
		if first, last := waits[0], waits[len(waits)-1]; first > 12*time.Second || last < 20*time.Minute {
			t.Errorf("the delays do not grow: first %s, last %s", first, last)
		}

		server.Clock.Advance(24 * time.Hour)
		owner.Refresh().Want(t, http.StatusOK, "")
		wrong := server.Client(t).Login("ada", harness.WrongPassword)
		right := server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		nobody := server.Client(t).Login("nobody", harness.Password)
		if said(right) != said(wrong) || said(right) != said(nobody) {
			t.Errorf("the answers differ\nlocked  %s\nwrong   %s\nunknown %s", said(right), said(wrong), said(nobody))
		}
		server.Client(t).Post(harness.LoginPath, `{"username":"ada","password":"engine-no-1-plan"}`).Want(t, http.StatusUnauthorized, "invalid_credentials")
		owner.ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusBadRequest, "validation_failed")
		owner.CurrentUser().Want(t, http.StatusOK, "")

		server.Unlock(t, "ada")
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusOK, "")
		if log := server.Log.String(); strings.Count(log, `"event":"password_locked"`) != 1 {
			t.Error("the log does not say once that the password was locked")
		}
	}, limitsOn("ACCESS_TOKEN_EXPIRY=1h")...)
}

func TestAttack28_AnUnknownAccountIsThrottledAlike(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, limitsOn()...)
	server.SignUp(t, "ada")
	asked := func(login string) (heard []string) {
		attacker := server.Client(t)
		for n := range 12 { // more than fit into a minute
			heard = append(heard, said(from(attacker, fmt.Sprintf("10.0.0.%d", n)).Post(harness.LoginPath, login)))
		}
		return heard
	}
	known := asked(harness.LoginBody("ada", harness.WrongPassword))
	for _, name := range []string{`"email":"nobody@example.com"`, `"username":"nobody"`, `"username":"no body"`} {
		if unknown := asked(`{` + name + `,"password":"engine-no-9-plan"}`); strings.Join(unknown, "\n") != strings.Join(known, "\n") {
			t.Errorf("%s: \n%q\nknown:\n%q", name, unknown, known)
		}
	}
}

func TestAttack28_OneAccountUnderManySpellingsIsOne(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ACCOUNT=3/hour")...)
	server.SignUp(t, "ada")
	for _, email := range []string{"ada@example.com", "ADA@example.com", " ada@EXAMPLE.com "} {
		server.Client(t).Post(harness.LoginPath, fmt.Sprintf(`{"email":%q,"password":"engine-no-9-plan"}`, email)).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	retryAfter(t, server.Client(t).Post(harness.LoginPath, `{"email":"aDa@example.com","password":"engine-no-9-plan"}`))
}

func TestAttack28_RightPasswordsUseNothingUpAndStartTheCountAgain(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		server.SignUp(t, "ada")
		for range 120 {
			server.Client(t).Login("ada", harness.Password).Want(t, http.StatusOK, "")
		}
		for range 2 {
			for range lockAfter - 1 {
				server.Client(t).Login("ada", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
			}
			server.Clock.Advance(24 * time.Hour)
			server.Client(t).Login("ada", harness.Password).Want(t, http.StatusOK, "")
		}
	}, "RATE_LIMITS=on", "LIMIT_LOGIN_PER_ADDRESS=1000/second", "LIMIT_LOGIN_PER_ACCOUNT=99/day")
}

// In the next tests the rates are off, so that only the count in the row is
// between the attacker and the account.

func TestAttack28_FiftyWrongPasswordsAtOnceAreAllCounted(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		owner := server.SignUp(t, "ada")
		harness.Together(harness.Times(50, func(int) {
			server.Client(t).Login("ada", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
		})...)
		if counted := server.User(t, "ada").FailedLogins; counted != 50 {
			t.Errorf("%d counted, want 50", counted)
		}
		owner.Refresh().Want(t, http.StatusOK, "")
	})
}

// The right one has read the row before the others are counted.
func TestAttack28_TheRightOneAmongManyAtOnceComesTooLate(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		server.SignUp(t, "ada")
		login := func(password string) {
			server.Client(t).Login("ada", password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		}
		for range lockAfter - 1 {
			login(harness.WrongPassword)
		}
		statements.During(t, func() { login(harness.Password) }, signInRead, func() {
			harness.Together(harness.Times(20, func(int) { login(harness.WrongPassword) })...)
		})
		login(harness.Password)
		if n := len(server.User(t, "ada").Sessions); n != 1 {
			t.Errorf("%d sessions, want that of the sign-up", n)
		}
	})
}

func TestAttack28_ChangePasswordIsNoWayToGuess(t *testing.T) {
	t.Parallel()
	t.Run("throttled", func(t *testing.T) {
		server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ACCOUNT=5/minute")...)
		stolen := server.SignUp(t, "ada")
		for range 5 {
			stolen.ChangePassword(harness.WrongPassword, harness.NextPassword).Want(t, http.StatusBadRequest, "validation_failed")
		}
		retryAfter(t, stolen.ChangePassword(harness.WrongPassword, harness.NextPassword))
		stolen.CurrentUser().Want(t, http.StatusOK, "")
	})
	t.Run("locked", func(t *testing.T) {
		harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
			stolen := server.SignUp(t, "ada")
			for range lockAfter {
				stolen.ChangePassword(harness.WrongPassword, harness.NextPassword).Want(t, http.StatusBadRequest, "validation_failed")
			}
			server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
			server.Unlock(t, "ada")
			stolen.ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
		})
	})
}
