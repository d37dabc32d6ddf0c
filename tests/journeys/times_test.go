package journeys

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// TestTimes_AlwaysHaveMilliseconds reads every time of every answer that has one,
// at moments whose fraction other programs would write shorter or longer.
func TestTimes_AlwaysHaveMilliseconds(t *testing.T) {
	for fraction, want := range map[time.Duration]string{
		0:                      ".000Z",
		120 * time.Millisecond: ".120Z",
		999*time.Millisecond + 987654*time.Nanosecond: ".999Z", // cut off: rounded it would be a second later
	} {
		t.Run(want, func(t *testing.T) {
			harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
				server.Clock.Advance(time.Second + fraction - time.Duration(server.Clock.Now().Nanosecond()))
				client := server.API(t)
				body := harness.InBody(harness.Registration("ada"))
				signedUp := client.Send("POST", harness.RegisterPath, "", body).Want(t, 201, "")
				tokens := signedUp.Tokens(t)
				times := map[string]string{}
				for name, answer := range map[string]harness.Answer{
					"register":        signedUp,
					"login":           client.Login("ada", harness.Password),
					"current-user":    client.CurrentUser(tokens.Access),
					"refresh":         client.Refresh(tokens.Refresh),
					"change-password": client.Send("POST", harness.ChangePasswordPath, tokens.Access, harness.PasswordChange(harness.Password, harness.NextPassword)),
				} {
					collect(t, answer, name, times)
				}
				collect(t, client.Send("GET", harness.SessionsPath, client.Send("POST", harness.LoginPath, "", harness.InBody(harness.LoginBody("ada", harness.NextPassword))).Tokens(t).Access, ""), "sessions", times)
				for name, text := range times {
					whole := strings.Contains(name, "Token") || strings.HasSuffix(name, "expiresAt") // tokens end at whole seconds
					if !strings.HasSuffix(text, want) && !(whole && strings.HasSuffix(text, ".000Z")) {
						t.Errorf("%s is %s, want %s", name, text, want)
					}
				}
				if len(times) < 17 {
					t.Errorf("only %d times: %v", len(times), times)
				}
			})
		})
	}
}

// collect keeps every text of the answer's data that begins as a time does.
func collect(t *testing.T, answer harness.Answer, name string, times map[string]string) {
	t.Helper()
	if answer.Status >= 300 {
		t.Fatalf("%s: %s", name, answer.Raw)
	}
	var data any
	answer.Decode(t, &data)
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, member := range value {
				walk(path+"."+key, member)
			}
		case []any:
			for i, member := range value {
				walk(fmt.Sprintf("%s.%d", path, i), member)
			}
		case string:
			if strings.HasPrefix(value, "20") && strings.Contains(value, "T") {
				times[path] = value
			}
		}
	}
	walk(name, data)
}
