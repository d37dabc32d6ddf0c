package attacks

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"sallyport/tests/harness"
)

// hostile is what a log, or the terminal it is read on, must not get to see:
// line ends of every kind, terminal commands, text that runs backwards.
const hostile = "\r\nlevel=ERROR msg=owned\n\x1b[31m\x07\u0085\u009b2J\u2028\u2029\u202e\u200b\x7f"

// percent spells every byte as %XX.
func percent(text string) string {
	var encoded strings.Builder
	for _, b := range []byte(text) {
		encoded.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[b>>4])+string("0123456789abcdef"[b&15])))
	}
	return encoded.String()
}

// printable is what a header value may hold at all.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

// A line of LOG_FORMAT=pretty, and that of a request.
var (
	prettyLine    = regexp.MustCompile(`^\d\d:\d\d:\d\d (DBG|INF|WRN|ERR) .+\n$`)
	prettyRequest = regexp.MustCompile(`^\d\d:\d\d:\d\d INF [A-Z]+ /\S* \d{3} [a-z_]* ?[\d.]+ ms (-|[0-9a-f]{8})\n$`)
)

func TestAttack34_LogInjection(t *testing.T) {
	for _, format := range []string{"json", "text", "pretty"} {
		t.Run(format, func(t *testing.T) {
			server := harness.Start(t, "LOG_FORMAT="+format, "LOG_LEVEL=debug", "REFRESH_GRACE=0")
			ada := server.SignUp(t, "ada")
			stolen := ada.Copy()
			ada.Refresh().Want(t, 200, "")
			before := len(server.Log.String())
			agent := []string{"Content-Type", "application/json", "User-Agent", printable(hostile), "X-Request-Id", printable(hostile), "X-Forwarded-For", printable(hostile), "Referer", printable(hostile)}
			sent := 0
			send := func(status int, method, path, body string, header ...string) {
				t.Helper()
				answer := server.Ask(t, method, path, body, append(header, agent...)...)
				if answer.Status != status || strings.Contains(answer.Header.Get("X-Request-Id"), "[") {
					t.Errorf("%s %s: %d %s", method, path, answer.Status, answer.Raw)
				}
				sent++
			}
			send(404, "GET", "/"+percent(hostile), "")
			send(404, "GET", "/x?"+percent(hostile)+"="+percent(hostile), "")
			send(400, "POST", harness.RegisterPath, harness.Object("fullName", hostile, "username", hostile, "email", hostile, "password", hostile))
			send(401, "POST", harness.LoginPath, harness.Object("username", hostile, "password", hostile))
			send(404, "DELETE", harness.SessionsPath+"/"+percent(hostile), "", "Cookie", ada.Tokens().Cookies())
			send(401, "GET", harness.CurrentUserPath, "", "Authorization", printable(hostile))
			send(401, "POST", harness.RefreshPath, "", "Cookie", stolen.Tokens().Cookies()) // a security event
			if err := server.Store.Close(); err != nil {
				t.Fatal(err)
			}
			send(500, "POST", harness.LoginPath, harness.Object("email", "ada@example.com", "password", hostile+"x"))

			written := server.Log.String()[before:]
			requests := 0
			for line := range strings.Lines(written) {
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r > unicode.MaxASCII || unicode.IsControl(r) }); i >= 0 {
					t.Errorf("byte %d of a log line is %q: %q", i, line[i], line)
				}
				if format == "json" && !json.Valid([]byte(line)) || format == "text" && !strings.HasPrefix(line, "time=20") || format == "pretty" && !prettyLine.MatchString(line) {
					t.Errorf("no log line: %q", line)
				}
				if strings.Contains(line, `msg=request `) || strings.Contains(line, `"msg":"request"`) || prettyRequest.MatchString(line) {
					requests++
				}
			}
			if requests != sent {
				t.Errorf("%d requests are logged in %d lines", sent, requests)
			}
		})
	}
}
