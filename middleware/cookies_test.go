package middleware

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/auth"
	"sallyport/config"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func standard(change func(*config.Cookies)) Cookies {
	c := config.Cookies{Secure: true, AccessSameSite: http.SameSiteLaxMode, RefreshSameSite: http.SameSiteStrictMode}
	change(&c)
	return NewCookies(c, func() time.Time { return noon })
}

func plainCookies() Cookies { return standard(func(*config.Cookies) {}) }

func TestCookies_SetAndClearedWithTheSameAttributes(t *testing.T) {
	tests := []struct {
		why             string
		change          func(*config.Cookies)
		access, refresh string // VALUE stands for value, AGE for the seconds
		twins           []string
	}{
		{"as they are", func(*config.Cookies) {},
			"accessToken=VALUE; Path=/; Max-Age=AGE; HttpOnly; Secure; SameSite=Lax",
			"refreshToken=VALUE; Path=/api/v1/auth; Max-Age=AGE; HttpOnly; Secure; SameSite=Strict", nil},
		{"COOKIE_PREFIX", func(c *config.Cookies) { c.Prefix = true },
			"__Host-accessToken=VALUE; Path=/; Max-Age=AGE; HttpOnly; Secure; SameSite=Lax",
			"__Secure-refreshToken=VALUE; Path=/api/v1/auth; Max-Age=AGE; HttpOnly; Secure; SameSite=Strict", nil},
		{"COOKIE_DOMAIN", func(c *config.Cookies) { c.Domain = "example.com" },
			"accessToken=VALUE; Path=/; Domain=example.com; Max-Age=AGE; HttpOnly; Secure; SameSite=Lax",
			"refreshToken=VALUE; Path=/api/v1/auth; Domain=example.com; Max-Age=AGE; HttpOnly; Secure; SameSite=Strict",
			[]string{"accessToken=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax", "refreshToken=; Path=/api/v1/auth; Max-Age=0; HttpOnly; Secure; SameSite=Strict"}},
		{"COOKIE_SAMESITE=none", func(c *config.Cookies) {
			c.AccessSameSite, c.RefreshSameSite = http.SameSiteNoneMode, http.SameSiteNoneMode
		},
			"accessToken=VALUE; Path=/; Max-Age=AGE; HttpOnly; Secure; SameSite=None",
			"refreshToken=VALUE; Path=/api/v1/auth; Max-Age=AGE; HttpOnly; Secure; SameSite=None", nil},
		{"COOKIE_SECURE=false", func(c *config.Cookies) { c.Secure = false },
			"accessToken=VALUE; Path=/; Max-Age=AGE; HttpOnly; SameSite=Lax",
			"refreshToken=VALUE; Path=/api/v1/auth; Max-Age=AGE; HttpOnly; SameSite=Strict", nil},
	}
	grant := auth.Grant{
		AccessToken: "a.b.c", AccessExpiresAt: noon.Add(15 * time.Minute),
		RefreshToken: "d.e.f", RefreshExpiresAt: noon.Add(7 * 24 * time.Hour),
	}
	filled := func(line, value, age string) string {
		return strings.NewReplacer("VALUE", value, "AGE", age).Replace(line)
	}
	for _, tt := range tests {
		cookies, set, cleared := standard(tt.change), httptest.NewRecorder(), httptest.NewRecorder()
		cookies.Set(set, grant)
		cookies.Clear(cleared, true, true)
		for got, want := range map[*httptest.ResponseRecorder][]string{
			set:     {filled(tt.access, "a.b.c", "900"), filled(tt.refresh, "d.e.f", "604800")},
			cleared: {filled(tt.access, "", "0"), filled(tt.refresh, "", "0")},
		} {
			if tt.twins != nil {
				want = []string{tt.twins[0], want[0], tt.twins[1], want[1]}
			}
			if lines := got.Header().Values("Set-Cookie"); !slices.Equal(lines, want) {
				t.Errorf("%s:\n%q\nwant\n%q", tt.why, lines, want)
			}
		}
	}
}

func TestCookies_AccessCookieMayLiveAsLongAsTheRefreshCookie(t *testing.T) {
	w := httptest.NewRecorder()
	standard(func(c *config.Cookies) { c.AccessForSession = true }).Set(w, auth.Grant{
		AccessToken: "a", AccessExpiresAt: noon.Add(time.Minute), RefreshToken: "r", RefreshExpiresAt: noon.Add(time.Hour),
	})
	for _, line := range w.Header().Values("Set-Cookie") {
		if !strings.Contains(line, "Max-Age=3600;") {
			t.Errorf("%s", line)
		}
	}
}

func TestCookies_AnExpiredTokenIsStillSetForASecond(t *testing.T) { // Max-Age=0 would be a deletion, and none a session cookie
	w := httptest.NewRecorder()
	plainCookies().Set(w, auth.Grant{AccessToken: "a", AccessExpiresAt: noon, RefreshToken: "r", RefreshExpiresAt: noon.Add(-time.Hour)})
	for _, line := range w.Header().Values("Set-Cookie") {
		if !strings.Contains(line, "Max-Age=1;") {
			t.Errorf("%s", line)
		}
	}
}

func TestCookies_ReadsEveryOneOfANameUpToEight(t *testing.T) {
	tests := []struct{ why, sent, want string }{
		{"none", "", ""},
		{"one", "refreshToken=a", "a"},
		{"two of a name", "refreshToken=a; x=y; refreshToken=b", "a b"},
		{"empty values are none", "refreshToken=; refreshToken=a", "a"},
		{"another case is another cookie", "RefreshToken=a", ""},
		{"the prefixed one is another cookie", "__Secure-refreshToken=a", ""},
		{"200 of them", strings.Repeat("refreshToken=a; ", 200), "a a a a a a a a"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", tt.sent)
		if got := strings.Join(plainCookies().Refresh(r), " "); got != tt.want {
			t.Errorf("%s: %q", tt.why, got)
		}
	}
}

func TestCookies_SecondsLeftAreWholeAndNeverNegative(t *testing.T) {
	for left, want := range map[time.Duration]int{
		15 * time.Minute: 900, 15*time.Minute - 1: 899, 999 * time.Millisecond: 0, 0: 0, -time.Hour: 0,
	} {
		if got := plainCookies().SecondsLeft(noon.Add(left)); got != want {
			t.Errorf("%v: %d, want %d", left, got, want)
		}
	}
}
