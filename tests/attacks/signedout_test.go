package attacks

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/models"
	"sallyport/tests/harness"
)

// What must not sign honest people out, and what must all the same.

const afterGrace = 10 * time.Second

// sent is one request without a jar, with these cookies and headers.
func sent(t *testing.T, server *harness.Server, method, path, cookies string, header ...string) harness.Answer {
	t.Helper()
	if cookies != "" {
		header = append(header, "Cookie", cookies)
	}
	return server.Ask(t, method, path, "", header...)
}

// touched are the names of the cookies that the answer sets or clears.
func touched(answer harness.Answer) string {
	var names []string
	for _, cookie := range answer.Cookies() {
		name := cookie.Name
		if cookie.MaxAge < 0 {
			name = "-" + name
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// wantTouched fails unless the answer sets and clears these cookies.
func wantTouched(t *testing.T, why string, answer harness.Answer, want string) {
	t.Helper()
	if got := touched(answer); got != want {
		t.Errorf("%s: touches the cookies %q, want %q", why, got, want)
	}
}

const bothCleared = "-accessToken -refreshToken"

func TestAttack46_DeadTokensUseUpNobodysLimit(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada, thief := server.SignUp(t, "ada"), server.SignIn(t, "ada")
		stolen := thief.Tokens()
		thief.Logout().Want(t, 200, "")
		for range 125 {
			sent(t, server, "POST", harness.RefreshPath, "refreshToken="+stolen.Refresh).Want(t, 401, "session_ended")
		}
		ada.Refresh().Want(t, 200, "")
		for range 4 { // with the one above the five of this session
			ada.Refresh().Want(t, 200, "")
		}
		retryAfter(t, ada.Refresh())
		server.SignIn(t, "ada").Refresh().Want(t, 200, "") // her other device has a limit of its own
	}, limitsOn("LIMIT_REFRESH_PER_SESSION=5/minute")...)
}

func TestAttack46_ATheftIsEndedOverTheLimit(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_REFRESH_PER_SESSION=1/day")...)
	ada := server.SignUp(t, "ada")
	stolen := ada.Tokens()
	ada.Refresh().Want(t, 200, "")
	ada.CurrentUser().Want(t, 200, "")
	server.Clock.Advance(afterGrace)
	retryAfter(t, ada.Copy().Refresh())
	sent(t, server, "POST", harness.RefreshPath, "refreshToken="+stolen.Refresh).Want(t, 401, "token_reused")
	ada.WantEnded()
}

func TestAttack47_ADeadCookieBesideTheLiveOne(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		gone := server.SignUp(t, "ada").Tokens()
		server.Client(t).Request("POST", harness.LogoutPath, "", "Cookie", gone.Cookies()).Want(t, 200, "")
		for range 2 { // the second time after a new sign-in
			live := server.SignIn(t, "ada").Tokens()
			for _, twins := range []string{gone.Access + "; accessToken=" + live.Access, live.Access + "; accessToken=" + gone.Access} {
				sent(t, server, "GET", harness.CurrentUserPath, "accessToken="+twins).Want(t, 200, "")
			}
			for _, twins := range []string{gone.Refresh + "; refreshToken=" + live.Refresh, live.Refresh + "; refreshToken=" + gone.Refresh} {
				sent(t, server, "POST", harness.RefreshPath, "refreshToken="+twins).Want(t, 200, "") // the second is a parallel tab
			}
		}
	})
}

// The session of the expired access token can be refreshed: to call it ended
// would sign its owner out.
func TestAttack47_ADeadCookieBesideAnExpiredOne(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	expired := ada.Tokens().Access
	server.Clock.Advance(16 * time.Minute)
	other := server.SignIn(t, "ada")
	gone := other.Tokens().Access
	other.Logout().Want(t, 200, "")
	for _, twins := range []string{expired + "; accessToken=" + gone, gone + "; accessToken=" + expired} {
		sent(t, server, "GET", harness.CurrentUserPath, "accessToken="+twins).Want(t, 401, "token_expired")
	}
	sent(t, server, "GET", harness.CurrentUserPath, "accessToken="+gone).Want(t, 401, "session_ended")
}

func TestAttack47_ChangingTheCookieDomainLocksNobodyOut(t *testing.T) {
	server := harness.Start(t, "COOKIE_DOMAIN=example.com", "PUBLIC_URL=https://auth.example.com")
	signedIn := server.Ask(t, "POST", harness.RegisterPath, harness.Registration("ada"), "Content-Type", "application/json").Want(t, 201, "")
	tokens := harness.Tokens{}
	for _, cookie := range signedIn.Cookies() {
		if cookie.Name == "accessToken" && cookie.Value != "" {
			tokens.Access = cookie.Value
		} else if cookie.Value != "" {
			tokens.Refresh = cookie.Value
		}
	}
	for why, answer := range map[string]harness.Answer{
		"set":     signedIn,
		"cleared": sent(t, server, "POST", harness.LogoutPath, tokens.Cookies()).Want(t, 200, ""),
	} {
		for i, cookie := range answer.Cookies() {
			if twin := i%2 == 0; twin != (cookie.Domain == "") || twin && (cookie.MaxAge >= 0 || cookie.Value != "") {
				t.Errorf("%s: line %d is %s; want the host's own cookie to end before each of ours", why, i, cookie)
			}
		}
		if len(answer.Cookies()) != 4 {
			t.Errorf("%s: %q", why, touched(answer))
		}
	}
}

func TestAttack48_AnOldTokenOfTheSessionBesideTheCurrentOne(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		old := ada.Cookie("refreshToken")
		for _, order := range []string{"OLD; refreshToken=CURRENT", "CURRENT; refreshToken=OLD"} {
			ada.Refresh().Want(t, 200, "")
			ada.CurrentUser().Want(t, 200, "")
			server.Clock.Advance(afterGrace)
			current := ada.Cookie("refreshToken")
			answer := sent(t, server, "POST", harness.RefreshPath, "refreshToken="+strings.NewReplacer("OLD", old, "CURRENT", current).Replace(order)).Want(t, 200, "")
			if next := answer.Cookies()[1].Value; next == current || next == old {
				t.Errorf("%s: not rotated", order)
			} else {
				ada.Present(&http.Cookie{Name: "refreshToken", Value: next, Path: "/api/v1/auth", Secure: true})
			}
		}
		ada.WantAlive()
		sent(t, server, "POST", harness.RefreshPath, "refreshToken="+old).Want(t, 401, "token_reused") // alone it is a theft
		ada.WantEnded()
	})
}

func TestAttack49_ALostResponseIsAnsweredAgainHoweverLate(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		for _, late := range []time.Duration{afterGrace, time.Hour, 6 * 24 * time.Hour} {
			ada := server.SignIn(t, server.SignUp(t, "ada"+late.String()).CurrentUser().Field(t, "username"))
			lost := ada.Copy()
			lost.Refresh().Want(t, 200, "")
			server.Clock.Advance(late)
			ada.Refresh().Want(t, 200, "")
			if ada.Cookie("refreshToken") != lost.Cookie("refreshToken") {
				t.Errorf("%v late: another successor than the lost one", late)
			}
			ada.WantAlive()
		}
	})
}

// A laptop is opened: all its tabs refresh, and the first uses the answer before
// the request of the last arrives.
func TestAttack49_ManyTabsRetryALostResponse(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		tabs := ada.Copies(4)
		ada.Copy().Refresh().Want(t, 200, "") // and its answer is lost
		server.Clock.Advance(time.Hour)
		for _, tab := range tabs {
			tab.Refresh().Want(t, 200, "")
			tab.CurrentUser().Want(t, 200, "")
			server.Clock.Advance(time.Second)
			if tab.Cookie("refreshToken") != tabs[0].Cookie("refreshToken") {
				t.Error("a successor of its own")
			}
		}
		tabs[0].WantAlive()
		tabs[0].CurrentUser().Want(t, 200, "")
		server.Clock.Advance(afterGrace)
		ada.Refresh().Want(t, 401, "token_reused")
	})
}

func TestAttack49_AfterTheFirstUseTheRetryIsTheft(t *testing.T) {
	uses := map[string]func(t *testing.T, thief *harness.Client){
		"its access token":  func(t *testing.T, thief *harness.Client) { thief.CurrentUser().Want(t, 200, "") },
		"its refresh token": func(t *testing.T, thief *harness.Client) { thief.Refresh().Want(t, 200, "") },
	}
	for used, use := range uses {
		t.Run(used, func(t *testing.T) {
			harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
				ada := server.SignUp(t, "ada")
				thief := ada.Copy()
				thief.Refresh().Want(t, 200, "")
				use(t, thief)
				server.Clock.Advance(afterGrace)
				ada.Refresh().Want(t, 401, "token_reused")
				thief.WantEnded()
			})
		})
	}
}

func TestAttack50_RefreshWithoutARefreshToken(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for why, cookies := range map[string]string{
		"no cookie": "", "an access cookie": "accessToken=" + ada.Tokens().Access, "a dead access cookie": "accessToken=x", "an empty cookie": "refreshToken=",
	} {
		wantTouched(t, why, sent(t, server, "POST", harness.RefreshPath, cookies).Want(t, 401, "missing_token"), "")
	}
	ada.WantAlive()
}

// A cookie goes when it came along and is worth nothing, and never when it names
// a session that may live.
func TestAttack50_OnlyWorthlessCookiesAreCleared(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	eve := server.SignUp(t, "eve").Tokens()
	dead := func() harness.Tokens {
		device := server.SignIn(t, "eve")
		tokens := device.Tokens()
		device.Logout().Want(t, 200, "")
		return tokens
	}
	own := func() harness.Tokens { return server.SignIn(t, "eve").Tokens() }
	type asks struct {
		why, method, path string // OWN in a path is the id of the Bearer's session
		cookies           harness.Tokens
		header            []string
		status            int
		want              string
	}
	bearer := func(tokens harness.Tokens) []string { return []string{"Authorization", "Bearer " + tokens.Access} }
	mixed := harness.Tokens{Access: eve.Access, Refresh: dead().Refresh}
	rows := []asks{
		{"a refresh of an ended session", "POST", harness.RefreshPath, dead(), nil, 401, bothCleared},
		{"a refresh with rubbish", "POST", harness.RefreshPath, harness.Tokens{Access: "x", Refresh: "y"}, nil, 401, bothCleared},
		{"the access cookie is of a live session", "POST", harness.RefreshPath, mixed, nil, 401, "-refreshToken"},
		{"logout without cookies", "POST", harness.LogoutPath, harness.Tokens{}, nil, 200, ""},
		{"logout by cookies", "POST", harness.LogoutPath, own(), nil, 200, bothCleared},
		{"logout with dead cookies", "POST", harness.LogoutPath, dead(), nil, 200, bothCleared},
		{"logout by Bearer, others' cookies", "POST", harness.LogoutPath, eve, bearer(own()), 200, ""},
		{"logout by a dead Bearer, which hides nothing", "POST", harness.LogoutPath, own(), bearer(dead()), 200, bothCleared},
		{"ending one's session by Bearer, others' cookies", "DELETE", harness.SessionsPath + "/OWN", eve, bearer(own()), 200, ""},
	}
	for _, row := range rows {
		path, own := strings.CutSuffix(row.path, "OWN")
		if own {
			path += harness.CurrentID(t, server.Ask(t, "GET", harness.SessionsPath, "", row.header...).Sessions(t))
		}
		cookies := row.cookies.Cookies()
		if row.cookies == (harness.Tokens{}) {
			cookies = ""
		}
		answer := sent(t, server, row.method, path, cookies, row.header...)
		if answer.Status != row.status {
			t.Errorf("%s: %s", row.why, answer.Raw)
		}
		wantTouched(t, row.why, answer, row.want)
	}
	sent(t, server, "GET", harness.CurrentUserPath, eve.Cookies()).Want(t, 200, "")
	sent(t, server, "POST", harness.RefreshPath, eve.Cookies()).Want(t, 200, "")
}

// The refresh cookie does not reach this path. It was set with the access cookie.
func TestAttack50_EndingOnesOwnSessionByCookieLeavesAnEmptyJar(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	for _, path := range []string{"/OWN", "?all=true"} {
		ada := server.SignUp(t, "ada"+path[1:2])
		ada.Delete(harness.SessionsPath+strings.Replace(path, "OWN", ada.SessionID(), 1)).Want(t, 200, "")
		ada.WantNoTokens()
	}
}

func TestAttack52_ClocksThatAreApart(t *testing.T) {
	for _, ahead := range []time.Duration{6 * time.Second, time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
				server.Clock.Advance(ahead)
				ada, leaving := server.SignUp(t, "ada"), server.SignIn(t, "ada")
				server.Clock.Advance(-ahead)
				wantTouched(t, "current-user", ada.CurrentUser().Want(t, 200, ""), "")
				copied := leaving.Copy()
				leaving.Logout().Want(t, 200, "")
				copied.WantEnded()
				ada.WantAlive()

				stolen := ada.Copy()
				ada.WantAlive()
				ada.CurrentUser().Want(t, 200, "")
				server.Clock.Advance(-ahead) // makes no grace window longer
				stolen.Refresh().Want(t, 401, "token_reused")
				ada.WantEnded()
			})
		})
	}
}

func TestAttack52_ALostResponseAndAClockSetBack(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	ada.Copy().Refresh().Want(t, 200, "")
	server.Clock.Advance(-time.Hour)
	ada.WantAlive()
}

func TestAttack53_HeadersThatAreNoCredential(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for _, header := range []string{
		"Basic eDp5", `Digest username="ada", realm="x"`, "Negotiate YIIG", "NTLM TlRM", "Bearer", "Bearer ", "Bearer undefined", "bearer null", "",
	} {
		t.Run(header, func(t *testing.T) {
			device := server.SignIn(t, "ada", "Authorization", header)
			copied := device.Copy()
			device.CurrentUser().Want(t, 200, "")
			device.Request("POST", harness.ChangePasswordPath, harness.PasswordChange(harness.WrongPassword, harness.NextPassword), "Content-Type", "application/json").Want(t, 400, "validation_failed")
			device.Refresh().Want(t, 200, "")
			wantTouched(t, "logout", device.Logout().Want(t, 200, ""), bothCleared)
			copied.WantEnded()
		})
	}
	sent(t, server, "GET", harness.CurrentUserPath, "", "Authorization", "Basic eDp5").Want(t, 401, "missing_token")
	ada.WantAlive()
}

func TestAttack53_LogoutWithAUselessHeaderEndsTheCookiesSession(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		for _, header := range []string{"Bearer x", "Bearer a.b.c", "Bearer undefined"} {
			ada := server.SignUp(t, "ada"+person(len(header)))
			copied := ada.Copy()
			access := ada.Tokens().Access // and no refresh cookie
			wantTouched(t, header, sent(t, server, "POST", harness.LogoutPath, "accessToken="+access, "Authorization", header).Want(t, 200, ""), bothCleared)
			copied.WantEnded()
		}
	})
}

func TestAttack53_WordsInsteadOfATokenInTheBody(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for _, word := range []string{"undefined", "null", ""} {
		ada.Post(harness.RefreshPath, harness.RefreshBody(word)).Want(t, 200, "")
		sent(t, server, "POST", harness.RefreshPath, "").Want(t, 401, "missing_token")
	}
}

func TestAttack54_ABearerActsForItselfAlone(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
		leaving := eve.Copy()
		header := []string{"Authorization", "Bearer " + leaving.Tokens().Access}
		wantTouched(t, "logout", ada.Request("POST", harness.LogoutPath, "", header...).Want(t, 200, ""), "")
		leaving.WantEnded()
		ada.WantAlive()
	})
}

// A token in the body of a refresh counts alone, whatever cookies came along.
func TestAttack54_ATokenInTheBodyActsForItselfAlone(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada, eve := server.SignUp(t, "ada"), server.API(t).SignUp("eve")
		answer := ada.Post(harness.RefreshPath, harness.RefreshBody(eve.Refresh)).Want(t, 200, "")
		wantTouched(t, "a refresh", answer, "")
		next := answer.Tokens(t)
		if server.API(t).CurrentUser(next.Access).Field(t, "username") != "eve" {
			t.Errorf("answered with the tokens of another: %s", answer.Raw)
		}
		ada.Post(harness.RefreshPath, harness.RefreshBody("x")).Want(t, 401, "invalid_token") // and no rotation of the cookie
		ada.WantAlive()
	})
}

func TestAttack54_ASignInIntoTheBodyClearsTheCookiesItEnded(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	for path, body := range map[string]string{
		harness.LoginPath: harness.LoginBody("ada", harness.Password), harness.RegisterPath: harness.Registration("eve"),
	} {
		device := server.SignUp(t, "ada"+person(len(path)))
		if path == harness.LoginPath {
			body = harness.LoginBody("ada"+person(len(path)), harness.Password)
		}
		copied := device.Copy()
		answer := device.Post(path, harness.InBody(body))
		wantTouched(t, path, answer, bothCleared)
		answer.Tokens(t)
		device.WantNoTokens()
		copied.WantEnded()
	}
}

func TestAttack51_AUserDisabledWhileSnapshotsAreWarm(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		ada.CurrentUser().Want(t, 200, "") // the snapshot is warm
		before := server.User(t, "ada")
		server.Disable(t, "ada") // by another process
		ada.Copy().Refresh().Want(t, 401, "session_ended")
		if after := server.User(t, "ada"); after.SessionsVersion != before.SessionsVersion {
			t.Errorf("the row of a disabled user was written: %+v", after.Sessions)
		}
	})
}

func TestAttack55_SigningInAgainEvictsNobodyElse(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		a, b := server.SignUp(t, "ada"), server.SignIn(t, "ada")
		server.Clock.Advance(time.Minute)
		b.Refresh().Want(t, 200, "") // now a is the one that would have to make room
		former := b.Copy()
		b.Login("ada", harness.Password).Want(t, 200, "")
		former.WantEnded()
		a.WantAlive()
		b.WantAlive()
	}, "MAX_SESSIONS=2")
}

// writes refuses every change of the users, or none.
func writes(t *testing.T, server *harness.Server, refused bool) {
	t.Helper()
	statements := []string{"DROP TRIGGER no_update", "DROP TRIGGER no_insert"}
	if refused {
		statements = []string{
			"CREATE TRIGGER no_update BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'refused'); END",
			"CREATE TRIGGER no_insert BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'refused'); END",
		}
	}
	if server.Config.Database.Driver == string(models.Postgres) {
		statements = []string{"ALTER TABLE users DROP CONSTRAINT refused"}
		if refused {
			statements = []string{"ALTER TABLE users ADD CONSTRAINT refused CHECK (false) NOT VALID"}
		}
	}
	db := server.SQL(t)
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAttack55_AFailingWriteLeavesNoOrphanAndLosesNoAccount(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		for path, body := range map[string]string{harness.LoginPath: harness.LoginBody("ada", harness.Password), harness.RegisterPath: harness.Registration("eve")} {
			writes(t, server, true)
			if answer := ada.Post(path, body); answer.Status < 500 {
				t.Errorf("%s: %s", path, answer.Raw)
			}
			writes(t, server, false)
			ada.WantAlive() // nothing has ended
			if n := len(ada.Sessions()); n != 1 {
				t.Errorf("%s: %d sessions, want 1", path, n)
			}
		}
		server.SignUp(t, "eve") // and no 409
	})
}

// An expired refresh token says nothing of its session, which may live on with a
// newer one: a client with an old token in a file, beside the live cookies.
func TestAttack50_AnExpiredTokenClearsNoCookieOfALiveSession(t *testing.T) {
	server := harness.Start(t, "ACCESS_TOKEN_EXPIRY=10m", "REFRESH_TOKEN_EXPIRY=20m")
	ada := server.SignUp(t, "ada")
	old := ada.Tokens()
	server.Clock.Advance(15 * time.Minute)
	ada.Refresh().Want(t, 200, "")
	server.Clock.Advance(6 * time.Minute)
	live := ada.Tokens()
	answer := server.Ask(t, "POST", harness.RefreshPath, harness.RefreshBody(old.Refresh), "Content-Type", "application/json", "Cookie", live.Cookies())
	wantTouched(t, "in the body, the live ones in cookies", answer.Want(t, 401, "token_expired"), "")
	answer = sent(t, server, "POST", harness.RefreshPath, "accessToken="+live.Access+"; refreshToken="+old.Refresh)
	wantTouched(t, "in a cookie, beside a live access cookie", answer.Want(t, 401, "token_expired"), "-refreshToken")
	ada.WantAlive()
}

// A header that names a session which has ended is as useless as rubbish.
func TestAttack53_ABearerOfAnEndedSessionHidesNoCookie(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	other := server.SignIn(t, "ada")
	ended := other.Tokens().Access
	other.Logout().Want(t, 200, "")
	sent(t, server, "POST", harness.LogoutPath, ada.Tokens().Cookies(), "Authorization", "Bearer "+ended).Want(t, 200, "")
	ada.WantEnded()
}

// A database that takes no writes costs a request no failing write each, and the
// log no line each.
func TestAttack35_WritesThatFailAreNotTriedForEachRequest(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		ada.Refresh().Want(t, 200, "")
		writes(t, server, true)
		for range 50 {
			ada.CurrentUser().Want(t, 200, "")
		}
		if n := strings.Count(server.Log.String(), "session not confirmed"); n > 5 {
			t.Errorf("50 requests within a second tried %d writes", n)
		}
	})
}

// The message names the cookie as it is called here.
func TestAttack50_TheMessageNamesTheCookie(t *testing.T) {
	server := harness.Start(t, "COOKIE_PREFIX=true")
	for path, name := range map[string]string{harness.CurrentUserPath: "__Host-accessToken", harness.RefreshPath: "__Secure-refreshToken"} {
		method := map[bool]string{true: "POST", false: "GET"}[path == harness.RefreshPath]
		if answer := sent(t, server, method, path, "").Want(t, 401, "missing_token"); !strings.Contains(answer.Message, name) {
			t.Errorf("%s: %s", path, answer.Message)
		}
	}
}

// The row has changed when the refresh writes it, so that it decides again.
func TestAttack46_ARefreshThatDecidesAgainCountsOnce(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada, other := server.SignUp(t, "ada"), server.SignIn(t, "ada")
		server.Statements(t).During(t, func() { ada.Refresh().Want(t, 200, "") }, 1, func() { other.Refresh().Want(t, 200, "") })
		ada.Refresh().Want(t, 200, "")
		retryAfter(t, ada.Refresh())
	}, limitsOn("LIMIT_REFRESH_PER_SESSION=2/minute")...)
}

// A client that goes in the middle of its body: a refresh has not begun, and a
// sign-out is done.
func TestAttack43_HalfABody(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		half := func(path string, tokens harness.Tokens) string {
			connection := harness.Dial(t, server.Address())
			fmt.Fprint(connection, harness.RawRequest("POST", path, "Content-Length: 90", "Content-Type: application/json", "Cookie: "+tokens.Cookies())+`{"re`)
			if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(connection).ReadString('\n')
			return line
		}
		ada := server.SignUp(t, "ada")
		before := server.User(t, "ada").SessionsVersion
		if line := half(harness.RefreshPath, ada.Tokens()); !strings.Contains(line, " 400 ") || server.User(t, "ada").SessionsVersion != before {
			t.Errorf("a refresh: %q, and %d writes", line, server.User(t, "ada").SessionsVersion-before)
		}
		if line := half(harness.LogoutPath, ada.Tokens()); !strings.Contains(line, " 400 ") {
			t.Errorf("a sign-out: %q", line)
		}
		ada.WantEnded()
	})
}
