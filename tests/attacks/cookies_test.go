package attacks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestAttack08_SeveralCookiesOfOneName(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	stale := server.SignUp(t, "ada")
	server.Clock.Advance(8 * 24 * time.Hour)
	ada, second := server.SignIn(t, "ada"), server.SignIn(t, "ada")
	send := func(name string, values ...string) harness.Answer {
		header := make([]string, len(values))
		for i, value := range values {
			header[i] = name + "=" + value
		}
		if name == "accessToken" {
			return server.Ask(t, "GET", harness.CurrentUserPath, "", "Cookie", strings.Join(header, "; "))
		}
		return server.Ask(t, "POST", harness.RefreshPath, "", "Cookie", strings.Join(header, "; "))
	}
	for _, k := range kinds {
		old, mine, other := stale.Cookie(k.name), ada.Cookie(k.name), second.Cookie(k.name)
		send(k.name, old).Want(t, 401, "token_expired")
		for why, values := range map[string][]string{
			"valid, stale":         {mine, old},
			"stale, valid":         {old, mine},
			"planted, valid":       {"planted", mine},
			"empty, valid":         {"", mine},
			"equal values":         {mine, mine},
			"stale, valid, valid":  {old, mine, mine},
			"planted around valid": {"planted", mine, "planted"},
		} {
			if answer := send(k.name, values...); answer.Status != 200 {
				t.Errorf("%s, %s: %s", k.name, why, answer.Raw)
			}
		}
		send(k.name, mine, other).Want(t, 400, "ambiguous_cookie")
		send(k.name, other, "planted", old, mine).Want(t, 400, "ambiguous_cookie")
	}
	second.WantAlive()
}

func TestAttack09_OddCookies(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	for _, k := range kinds {
		for why, cookie := range map[string]string{
			"200 cookies":            strings.Repeat(k.name+"=x; ", 200),
			"200 cookies of 1 KB":    strings.Repeat(k.name+"="+strings.Repeat("x", 1<<10)+"; ", 200),
			"5 KB":                   k.name + "=" + strings.Repeat("x", 5<<10),
			"a bad percent sequence": k.name + "=%zz",
			"quotes":                 k.name + `="x"`,
			"one quote":              k.name + `="`,
			"a quote inside":         k.name + `=a"b`,
			"a backslash":            k.name + `=a\b`,
			"a comma":                k.name + `=a,b`,
			"no value":               k.name,
			"no name":                "=" + k.name,
			"only semicolons":        strings.Repeat(";", 1000),
			"not UTF-8":              k.name + "=\xff\xfe",
			"not ASCII":              k.name + "=\u202e",
			"a tab":                  k.name + "=a\tb",
			"NUL":                    k.name + "=\x00",
			"a bell":                 k.name + "=\a",
			"an escape":              k.name + "=\x1b[31m",
			"DEL":                    k.name + "=\x7f",
			"a bare carriage return": k.name + "=a\rb",
		} {
			request := harness.RawRequest("GET", harness.CurrentUserPath, "Cookie: "+cookie)
			if k.name == "refreshToken" {
				request = harness.RawRequest("POST", harness.RefreshPath, "Content-Length: 0", "Cookie: "+cookie)
			}
			answers := server.Exchange(t, request)
			if len(answers) == 0 || answers[0].Status < 400 || answers[0].Status > 499 {
				t.Errorf("%s, %s: %v, want one clean refusal", k.name, why, answers)
			}
		}
	}
}

func TestAttack09_HeaderOf2MB(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	for _, header := range []string{"Cookie: accessToken=", "Authorization: Bearer ", "X-Filler: "} {
		answers := server.Exchange(t, harness.RawRequest("GET", harness.CurrentUserPath, header+strings.Repeat("x", 2<<20)))
		if len(answers) != 1 || answers[0].Status != 431 {
			t.Errorf("%s…: %v, want 431", header, answers)
		}
	}
}

func TestAttack10_PresetCookiesAreReplaced(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		attacker := server.SignUp(t, "eve")
		for _, signIn := range []struct {
			path, body string
			status     int
		}{{harness.RegisterPath, harness.Registration("ada"), 201}, {harness.LoginPath, harness.LoginBody("ada", harness.Password), 200}} {
			victim := attacker.Copy() // the attacker planted his own cookies
			planted := attacker.Copy()
			victim.Post(signIn.path, signIn.body).Want(t, signIn.status, "")
			for _, name := range []string{"accessToken", "refreshToken"} {
				if got := victim.Cookie(name); got == "" || got == planted.Cookie(name) {
					t.Errorf("%s: the preset %s survived", signIn.path, name)
				}
			}
			if got := victim.CurrentUser().Want(t, 200, "").Field(t, "username"); got != "ada" {
				t.Errorf("%s: signed in as %q", signIn.path, got)
			}
			planted.WantEnded()
			victim.WantAlive()
			attacker.Login("eve", harness.Password).Want(t, 200, "")
		}
	})
}

func TestAttack10_RefusedSignInEndsNothing(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	ada.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	ada.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, 409, "email_taken")
	ada.WantAlive()
}

func TestAttack11_TokensOfTwoUsers(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
	mixed := server.Client(t)
	mixed.Present(
		&http.Cookie{Name: "accessToken", Value: ada.Cookie("accessToken"), Path: "/", Secure: true},
		&http.Cookie{Name: "refreshToken", Value: eve.Cookie("refreshToken"), Path: "/api/v1/auth", Secure: true},
	)
	before := server.User(t, "ada")
	mixed.Refresh().Want(t, 200, "")
	if got := mixed.CurrentUser().Want(t, 200, "").Field(t, "username"); got != "eve" {
		t.Errorf("after the refresh the device is signed in as %q, want eve", got)
	}
	if server.User(t, "ada").SessionsVersion != before.SessionsVersion {
		t.Error("the refresh touched Ada's row")
	}
	ada.WantAlive()
}

func TestAttack11_RealJarOfTwoUsers(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
	curl := newCurl(t)
	mixed := harness.Tokens{Access: ada.Tokens().Access, Refresh: eve.Tokens().Refresh}.Cookies()
	curl(t, "-b", mixed, "-c", "jar", "-X", "POST", server.PlainURL+harness.RefreshPath)
	var answer struct{ Data struct{ Username string } }
	if err := json.Unmarshal(curl(t, "-b", "jar", server.PlainURL+harness.CurrentUserPath), &answer); err != nil || answer.Data.Username != "eve" {
		t.Errorf("the jar is signed in as %q, want eve: %v", answer.Data.Username, err)
	}
	ada.WantAlive()
}

// newCurl returns curl in a folder of its own, as a function that gives what
// the server answered.
func newCurl(t *testing.T) func(t *testing.T, args ...string) []byte {
	t.Helper()
	path, dir := harness.Program(t, "curl", "curl"), t.TempDir()
	return func(t *testing.T, args ...string) []byte {
		t.Helper()
		command := exec.CommandContext(t.Context(), path, append([]string{"-sS", "--fail-with-body"}, args...)...)
		command.Dir = dir
		command.Env = append(os.Environ(), "CURL_HOME="+dir, "no_proxy=*") // no .curlrc, no proxy
		out, err := command.Output()
		if err != nil {
			t.Fatalf("curl %q: %v: %s", args, err, out)
		}
		return out
	}
}

func TestAttack12_LogoutClearsWithTheAttributesOfTheSignIn(t *testing.T) {
	t.Parallel()
	for _, variables := range [][]string{nil, {"COOKIE_PREFIX=true"}, {"COOKIE_SAMESITE=none", "COOKIE_DOMAIN=example.com", "PUBLIC_URL=https://auth.example.com"}} {
		server := harness.Start(t, variables...)
		set := server.Ask(t, "POST", harness.RegisterPath, harness.Registration("ada"), "Content-Type", "application/json").Want(t, 201, "")
		held := make([]string, 0, 4)
		for _, cookie := range set.Cookies() {
			held = append(held, cookie.Name+"="+cookie.Value)
		}
		cleared := server.Ask(t, "POST", harness.LogoutPath, "", "Cookie", strings.Join(held, "; ")).Want(t, 200, "")
		want := attributes(t, set, func(c *http.Cookie) bool { return c.Value != "" && c.MaxAge > 0 })
		got := attributes(t, cleared, func(c *http.Cookie) bool { return c.Value == "" && c.MaxAge < 0 })
		if len(want) != 2 || !slices.Equal(got, want) {
			t.Errorf("%v:\nset     %q\ncleared %q", variables, want, got)
		}
	}
}

// attributes lists the cookies an answer sets without their values and ages,
// of which each must be right. Of two of one name the last counts: the other is
// the end of the host's own cookie.
func attributes(t *testing.T, answer harness.Answer, right func(*http.Cookie) bool) (all []string) {
	t.Helper()
	cookies := answer.Cookies()
	for i, cookie := range cookies {
		if slices.ContainsFunc(cookies[i+1:], func(later *http.Cookie) bool { return later.Name == cookie.Name }) {
			continue
		}
		if !right(cookie) {
			t.Errorf("value or age: %s", cookie)
		}
		all = append(all, fmt.Sprint(cookie.Name, cookie.Path, cookie.Domain, cookie.HttpOnly, cookie.Secure, cookie.SameSite))
	}
	return all
}

func TestAttack12_LogoutIsIdempotent(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada, other := server.SignUp(t, "ada"), server.SignIn(t, "ada")
		copied := ada.Copy()
		first := ada.Logout().Want(t, 200, "")
		for range 3 {
			again := copied.Copy().Logout().Want(t, 200, "")
			if again.Raw != first.Raw || len(again.Cookies()) != 2 {
				t.Errorf("again: %s with %q", again.Raw, again.Header.Values("Set-Cookie"))
			}
		}
		copied.WantEnded()
		other.WantAlive()
	})
}
