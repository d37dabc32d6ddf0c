package journeys

import (
	"testing"
	"time"

	"sallyport/tests/harness"
)

// TestSecondsLeft_AreThoseOfTheCookies reads every answer with tokens at a moment
// whose fraction would be rounded up.
func TestSecondsLeft_AreThoseOfTheCookies(t *testing.T) {
	for why, row := range map[string]struct {
		variables           []string
		access, accessToken int // seconds: the life of the cookie and of the token
	}{
		"as it is":                      {nil, 899, 899},
		"the cookie outlives the token": {[]string{"ACCESS_COOKIE_MAX_AGE=session"}, 7*86400 - 1, 899},
	} {
		t.Run(why, func(t *testing.T) {
			server := harness.Start(t, row.variables...)
			server.Clock.Advance(time.Second + 300*time.Millisecond - time.Duration(server.Clock.Now().Nanosecond()))
			ada := server.Client(t)
			for name, answer := range map[string]harness.Answer{
				"register":        ada.Post(harness.RegisterPath, harness.Registration("ada")),
				"login":           ada.Login("ada", harness.Password),
				"refresh":         ada.Refresh(),
				"change-password": ada.ChangePassword(harness.Password, harness.NextPassword),
			} {
				var left struct{ AccessTokenExpiresIn, RefreshTokenExpiresIn *int }
				answer.Decode(t, &left)
				if left.AccessTokenExpiresIn == nil || *left.AccessTokenExpiresIn != row.accessToken ||
					left.RefreshTokenExpiresIn == nil || *left.RefreshTokenExpiresIn != 7*86400-1 {
					t.Errorf("%s: %s", name, answer.Data)
				}
				for _, cookie := range answer.Cookies() {
					if want := map[string]int{"accessToken": row.access, "refreshToken": 7*86400 - 1}[cookie.Name]; cookie.MaxAge != want {
						t.Errorf("%s: %s has Max-Age %d, want %d", name, cookie.Name, cookie.MaxAge, want)
					}
				}
			}
		})
	}
}

func TestSecondsLeft_CountToTheAbsoluteEnd(t *testing.T) {
	server := harness.Start(t, "REFRESH_TOKEN_EXPIRY=7d", "SESSION_MAX_AGE=7d")
	ada := server.API(t).SignUp("ada")
	server.Clock.Advance(7*24*time.Hour - 10*time.Minute)
	var left struct{ AccessTokenExpiresIn, RefreshTokenExpiresIn int }
	server.API(t).Refresh(ada.Refresh).Want(t, 200, "").Decode(t, &left)
	if left.AccessTokenExpiresIn != left.RefreshTokenExpiresIn || left.RefreshTokenExpiresIn < 9*60 || left.RefreshTokenExpiresIn > 600 {
		t.Errorf("%+v seconds are left ten minutes before the session's end", left)
	}
}
