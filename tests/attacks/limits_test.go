package attacks

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// limitsOn are the variables of a server with its limits, behind a proxy on this
// machine, so that a test can come from any address.
func limitsOn(more ...string) []string {
	return append([]string{"RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1"}, more...)
}

// from makes the device's next requests come from this address, as the proxy
// says.
func from(device *harness.Client, address string) *harness.Client {
	device.Header.Set("X-Forwarded-For", address)
	return device
}

// retryAfter is how long a refusal asks to wait, after a look at the rest of it.
func retryAfter(t *testing.T, answer harness.Answer) time.Duration {
	t.Helper()
	answer.Want(t, http.StatusTooManyRequests, "rate_limited")
	seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		t.Fatalf("Retry-After: %q", answer.Header.Get("Retry-After"))
	}
	if limit, err := strconv.Atoi(answer.Header.Get("RateLimit-Limit")); err != nil || limit < 1 {
		t.Errorf("RateLimit-Limit: %q", answer.Header.Get("RateLimit-Limit"))
	}
	if left, reset := answer.Header.Get("RateLimit-Remaining"), answer.Header.Get("RateLimit-Reset"); left != "0" || reset != strconv.Itoa(seconds) {
		t.Errorf("RateLimit-Remaining %q, RateLimit-Reset %q, Retry-After %d", left, reset, seconds)
	}
	if cookies := answer.Header.Values("Set-Cookie"); len(cookies) > 0 {
		t.Errorf("a refusal sets cookies: %q", cookies)
	}
	return time.Duration(seconds) * time.Second
}

// person is the name of the n-th of many users.
func person(n int) string { return fmt.Sprintf("person%d", n) }

func TestLimits_SignUpsFromOneAddress(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_REGISTER_PER_ADDRESS=3/hour")...)
	for n := range 3 {
		server.Client(t).Post(harness.RegisterPath, harness.Registration(person(n))).Want(t, http.StatusCreated, "")
	}
	late := server.Client(t)
	wait := retryAfter(t, late.Post(harness.RegisterPath, harness.Registration("person3")))
	if want := `"event":"rate_limited","limit":"register_per_address","ip":"127.0.0.1"`; !strings.Contains(server.Log.String(), want) {
		t.Errorf("the log has no %s", want)
	}
	if _, found, err := server.Store.UserByUsername(t.Context(), "person3"); found || err != nil {
		t.Errorf("a refused sign-up made a user: %v, %v", found, err)
	}
	from(server.Client(t), "192.0.2.7").Post(harness.RegisterPath, harness.Registration("person4")).Want(t, http.StatusCreated, "")
	server.Clock.Advance(wait)
	late.Post(harness.RegisterPath, harness.Registration("person3")).Want(t, http.StatusCreated, "")
}

func TestLimits_SignUpsInAll(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_REGISTER_GLOBAL=3/hour")...)
	for n := range 3 {
		from(server.Client(t), fmt.Sprintf("192.0.2.%d", n)).Post(harness.RegisterPath, harness.Registration(person(n))).Want(t, http.StatusCreated, "")
	}
	retryAfter(t, from(server.Client(t), "198.51.100.1").Post(harness.RegisterPath, harness.Registration("person3")))
}

// To change a password costs a hash as to sign in does.
func TestLimits_ChangesOfPasswordCountWithTheSignInsInAll(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_GLOBAL=2/hour")...)
	ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
	from(ada, "192.0.2.1").ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
	from(server.Client(t), "192.0.2.2").Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
	retryAfter(t, from(eve, "192.0.2.3").ChangePassword(harness.Password, harness.NextPassword))
	retryAfter(t, from(server.Client(t), "192.0.2.4").Login("eve", harness.Password))
}

func TestLimits_ARefreshOverTheLimitKeepsTheSession(t *testing.T) {
	for _, variable := range []string{"LIMIT_REFRESH_PER_ADDRESS", "LIMIT_REFRESH_PER_SESSION"} {
		t.Run(variable, func(t *testing.T) {
			server := harness.Start(t, limitsOn(variable+"=5/minute")...)
			ada := server.SignUp(t, "ada")
			for range 5 {
				ada.Refresh().Want(t, http.StatusOK, "")
			}
			wait := retryAfter(t, ada.Refresh())
			ada.CurrentUser().Want(t, http.StatusOK, "")
			server.Clock.Advance(wait)
			ada.Refresh().Want(t, http.StatusOK, "")
		})
	}
}

func TestLimits_RefreshesOfOneAccountFromChangingAddresses(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_REFRESH_PER_SESSION=5/minute")...)
	ada := server.SignUp(t, "ada")
	for n := range 5 {
		from(ada, fmt.Sprintf("192.0.2.%d", n)).Refresh().Want(t, http.StatusOK, "")
	}
	retryAfter(t, from(ada, "192.0.2.99").Refresh())
	server.SignUp(t, "bob").Refresh().Want(t, http.StatusOK, "")
}

// TestLimits_RetryAfterIsTrueWithSeveralRates comes back exactly when it was told
// to, each time until every rate has refused once.
func TestLimits_RetryAfterIsTrueWithSeveralRates(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ADDRESS=5/minute,8/hour", "LIMIT_LOGIN_GLOBAL=9/day", "LIMIT_LOGIN_PER_ACCOUNT=100/second")...)
	eve := server.Client(t)
	seen := map[string]bool{}
	for range 12 {
		answer := eve.Login("nobody", harness.WrongPassword)
		if answer.Status == http.StatusUnauthorized {
			continue
		}
		wait := retryAfter(t, answer)
		seen[answer.Header.Get("RateLimit-Limit")] = true
		server.Clock.Advance(wait - time.Second)
		retryAfter(t, eve.Login("nobody", harness.WrongPassword))
		server.Clock.Advance(time.Second)
		eve.Login("nobody", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	if !seen["5"] || !seen["8"] || !seen["9"] {
		t.Errorf("only these limits have refused: %v", seen)
	}
}

func TestLimits_WhatOneLimitRefusesTheOthersDoNotCount(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ADDRESS=3/day", "LIMIT_LOGIN_GLOBAL=4/hour", "LIMIT_LOGIN_PER_ACCOUNT=100/second")...)
	login := func(address string) harness.Answer {
		return from(server.Client(t), address).Login("nobody", harness.WrongPassword)
	}
	for range 20 {
		login("192.0.2.1") // three pass, and none of the others counts for all
	}
	login("192.0.2.2").Want(t, http.StatusUnauthorized, "invalid_credentials")
	wait := retryAfter(t, login("192.0.2.2"))
	for range 20 {
		retryAfter(t, login("192.0.2.2")) // none counts for the address
	}
	server.Clock.Advance(wait)
	login("192.0.2.2").Want(t, http.StatusUnauthorized, "invalid_credentials")
}

func TestLimits_AFrontendCanReadWhenToComeBack(t *testing.T) {
	const origin = "https://app.example.com"
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ADDRESS=1/hour", "CORS_ORIGIN="+origin)...)
	page := server.Client(t)
	page.Header.Set("Origin", origin)
	page.Login("ada", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
	answer := page.Login("ada", harness.WrongPassword)
	retryAfter(t, answer)
	exposed := strings.ToLower(answer.Header.Get("Access-Control-Expose-Headers"))
	for _, name := range []string{"retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} {
		if !strings.Contains(exposed, name) {
			t.Errorf("script cannot read %s: exposed are %q", name, exposed)
		}
	}
	if got := answer.Header.Get("Access-Control-Allow-Origin"); got != origin {
		t.Errorf("Access-Control-Allow-Origin: %q", got)
	}
}

func TestLimits_WhatIsRefusedCostsNoQuery(t *testing.T) {
	for path, body := range map[string]string{harness.RegisterPath: harness.Registration("ada"), harness.LoginPath: harness.LoginBody("ada", harness.Password), harness.RefreshPath: "", harness.ChangePasswordPath: harness.PasswordChange(harness.WrongPassword, harness.NextPassword)} {
		t.Run(path, func(t *testing.T) {
			server := harness.Start(t, limitsOn("SESSION_CACHE_TTL=0", "LIMIT_REGISTER_PER_ADDRESS=1/hour", "LIMIT_LOGIN_PER_ADDRESS=1/hour", "LIMIT_REFRESH_PER_ADDRESS=1/hour")...)
			ada := from(server.SignUp(t, "ada"), "192.0.2.1")
			ada.Post(path, body)
			server.Store.Close() // from here any query fails
			retryAfter(t, ada.Post(path, body))
			if answer := from(ada, "192.0.2.2").Post(path, body); answer.Status < 500 {
				t.Errorf("an allowed request makes no query either, so this proves nothing: %d", answer.Status)
			}
		})
	}
}
