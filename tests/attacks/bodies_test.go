package attacks

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sallyport/models"
	"sallyport/tests/harness"
)

func TestAttack17_BodiesThatAreNotOneStrictObject(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.Administrator(t, "ada")
	before := server.Contents(t)
	for _, r := range harness.Routes(t) {
		if !r.MustJSON {
			continue
		}
		field := r.TextFields()[0]
		tests := []struct {
			why, body, field string // "" for the whole body
		}{
			{"nothing", "", ""},
			{"a list", "[]", ""},
			{"a string", `"x"`, ""},
			{"a number", "1e400", ""},
			{"single quotes", "{'FIELD':'a'}", ""},
			{"trailing object", r.Body + "{}", ""},
			{"trailing text", r.Body + " x", ""},
			{"trailing NUL", r.Body + "\x00", ""},
			{"a byte order mark", "\ufeff" + r.Body, ""},
			{"UTF-16", "\xff\xfe{\x00}\x00", ""},
			{"duplicate key", `{"FIELD":"a","FIELD":"b"}`, field},
			{"duplicate key, escaped", `{"FIELD":"a","` + fmt.Sprintf(`\u%04x`, field[0]) + field[1:] + `":"b"}`, field},
			{"duplicate key we do not know", `{"x":1,"x":2}`, "x"},
			{"nested to the limit", `{"x":` + strings.Repeat("[", 16000), ""},
			{"invalid UTF-8", "{\"FIELD\":\"a\xff\"}", field},
			{"an overlong NUL", "{\"FIELD\":\"a\xc0\x80\"}", field},
			{"a lone surrogate", `{"FIELD":"\ud800"}`, field},
			{"surrogates the wrong way round", `{"FIELD":"\udc00\ud800"}`, field},
			{"NUL", `{"FIELD":"a\u0000"}`, field},
			{"a raw control byte", "{\"FIELD\":\"a\x01\"}", field},
			{"a number for text", `{"FIELD":1}`, field},
			{"a bool for text", `{"FIELD":true}`, field},
			{"a list for text", `{"FIELD":["a"]}`, field},
			{"an object for text: NoSQL injection", `{"FIELD":{"$gt":""}}`, field},
		}
		for _, tt := range tests {
			answer := server.Ask(t, r.Method, r.Path, strings.ReplaceAll(tt.body, "FIELD", field), "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies())
			if answer.Status != 400 || answer.Code != "malformed_json" {
				t.Errorf("%s, %s: %d %q", r, tt.why, answer.Status, answer.Code)
			}
			if tt.field != "" && (!slices.Equal(answer.Fields(), []string{tt.field})) {
				t.Errorf("%s, %s: errors %v do not name %s", r, tt.why, answer.Errors, tt.field)
			}
		}
		deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
		server.Ask(t, r.Method, r.Path, deep, "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies()).Want(t, 413, "body_too_large")
	}
	if server.Contents(t) != before {
		t.Error("the refused requests changed the database")
	}
}

// endless is a body of spaces that says nothing of its length.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, bytes.Repeat([]byte(" "), len(p)))
	e.left -= int64(n)
	return n, nil
}

func TestAttack18_TooMuchBody(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.Administrator(t, "ada")
	for _, r := range harness.Routes(t) {
		if r.Body == "" {
			continue
		}
		credential := "accessToken=" + ada.Cookie("accessToken") // no refresh cookie: with one the body is not looked at
		for why, body := range map[string]io.Reader{
			"with a length":       strings.NewReader(strings.Repeat(" ", 64<<10)),
			"chunked":             &endless{left: 64 << 10},
			"one byte, chunked":   &endless{left: 16<<10 + 1},
			"valid, then padding": strings.NewReader(r.Body + strings.Repeat(" ", 16<<10)),
		} {
			request, err := http.NewRequest(r.Method, server.URL+r.Path, body)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = http.Header{"Content-Type": {"application/json"}, "Cookie": {credential}}
			answer := server.Do(t, request)
			if answer.Status != 413 || answer.Code != "body_too_large" {
				t.Errorf("%s, %s: %d %q", r, why, answer.Status, answer.Code)
			}
			if r.Path == harness.LogoutPath { // it ends what the cookie names all the same
				ada = server.SignIn(t, "ada")
				credential = "accessToken=" + ada.Cookie("accessToken")
			}
		}
	}
	ada.WantAlive()
}

func TestAttack18_EndlessBodiesCostNoMemory(t *testing.T) {
	const (
		bodies = 4
		limit  = 16 << 20 // bytes; the bodies together have 256 MB
	)
	server := harness.Start(t)
	before := heap()
	for range bodies {
		connection := harness.Dial(t, server.Address()) // stays open: what the server holds of it counts
		fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", harness.LoginPath)
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat(" ", 64<<10))
		for range 1024 {
			if _, err := io.WriteString(connection, chunk); err != nil {
				break // the server has closed the connection, as it should
			}
		}
	}
	if grown := int64(heap()) - int64(before); grown > limit {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	server.Client(t).Get("/healthz").Want(t, 200, "")
}

func TestAttack18_GzipBomb(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.Administrator(t, "ada")
	var bomb bytes.Buffer
	zipper := gzip.NewWriter(&bomb)
	if _, err := io.Copy(zipper, &endless{left: 10 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := zipper.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range harness.Routes(t) {
		if !r.MustJSON {
			continue
		}
		for _, encoding := range []string{"gzip", "GZIP", "gzip, gzip", "x-gzip", "deflate"} {
			server.Ask(t, r.Method, r.Path, bomb.String(), "Content-Type", "application/json", "Content-Encoding", encoding, "Cookie", ada.Tokens().Cookies()).
				Want(t, 415, "unsupported_media_type")
		}
	}
	server.Ask(t, "POST", harness.RefreshPath, bomb.String(), "Content-Type", "application/json", "Content-Encoding", "gzip").Want(t, 401, "missing_token")
}

func TestAttack19_FieldsNobodyMaySetAtRegistration(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		body := strings.TrimSuffix(harness.Registration("ada"), "}") + `,
			"role":"admin","Role":"admin","isAdmin":true,"id":"00000000-0000-0000-0000-000000000001","_id":"1",
			"passwordHash":"x","password_hash":"x","emailVerified":true,"emailVerifiedAt":"2020-01-01T00:00:00Z",
			"email_verified_at":"2020-01-01T00:00:00Z","disabledAt":null,"failedLogins":-100,"sessionsVersion":7,
			"refreshToken":"x","refreshTokens":[{},{}],"refresh_tokens":[{}],"sessions":[{}],"avatar":"http://evil.com/","createdAt":"1999-01-01T00:00:00Z"}`
		answer := server.Client(t).Post(harness.RegisterPath, body).Want(t, 201, "")
		user := server.User(t, "ada")
		if user.Role != models.RoleUser || answer.Field(t, "user", "role") != "user" {
			t.Errorf("role %s", user.Role)
		}
		if user.ID.Version() != 7 || user.AvatarURL != "" || user.CreatedAt.Year() == 1999 {
			t.Errorf("id %s, avatar %q, created %s", user.ID, user.AvatarURL, user.CreatedAt)
		}
		if user.EmailVerifiedAt != nil || user.FailedLogins != 0 || len(user.PasswordHash) < 32 {
			t.Errorf("verified %v, failed logins %d, hash %q", user.EmailVerifiedAt, user.FailedLogins, user.PasswordHash)
		}
		if len(user.Sessions) != 1 || user.Sessions[0].ID == uuid.Nil || user.SessionsVersion != 0 {
			t.Errorf("sessions %+v, version %d", user.Sessions, user.SessionsVersion)
		}
	})
}

func TestAttack20_IdsThatAreNone(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.Administrator(t, "ada")
		for _, r := range harness.Routes(t) {
			if r.Parameter == "" {
				continue
			}
			for _, id := range []string{
				"0", "-1", "9223372036854775808", "1%20OR%201=1", "'%20OR%20'1'='1", "%00", "%ff", "%0a", "null", "undefined", "NaN", "*", ".", "..", "%2e%2e",
				"00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", "{01890a5d-ac96-774b-bcce-b302099a8057}",
				"urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d-ac96-774b-bcce-b302099a805g", strings.Repeat("1", 5000),
			} {
				answer := server.Ask(t, r.Method, fmt.Sprintf(r.Parameter, id), r.Body, "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies())
				if answer.Status != 400 && answer.Status != 404 {
					t.Errorf("%s with %q: %d %s", r, id, answer.Status, answer.Raw)
				}
			}
		}
		ada.WantAlive()
	})
}

func TestAttack20_EmptyTextMatchesNobody(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		server.SignUp(t, "ada")
		for _, body := range []string{
			`{"email":"","password":"engine-no-1-plan"}`,
			`{"username":"","password":"engine-no-1-plan"}`,
			`{"email":"","username":"","password":""}`,
			`{"email":null,"username":null,"password":"engine-no-1-plan"}`,
			`{"email":" ","password":"engine-no-1-plan"}`,
			`{"username":"\t","password":"engine-no-1-plan"}`,
			`{"email":"%","password":"engine-no-1-plan"}`,
			`{"username":"a_a","password":"engine-no-1-plan"}`,
			`{"username":"' OR '1'='1","password":"engine-no-1-plan"}`,
			`{"email":"ada@example.com","password":""}`,
			`{"email":"ada@example.com"}`,
			`{}`,
		} {
			answer := server.Ask(t, "POST", harness.LoginPath, body, "Content-Type", "application/json")
			if answer.Status != 400 && answer.Status != 401 || len(answer.Cookies()) > 0 {
				t.Errorf("%s: %d %s", body, answer.Status, answer.Raw)
			}
		}
	})
}

// Whatever a text looks like to a database, it is kept and compared as it is.
func TestAttack20_TextIsNoPartOfAStatement(t *testing.T) {
	const hostile = `Robert'); DROP TABLE users;-- " \ %' OR '1'='1 ? $1 :id @name ${x} {{.}} ''`
	const password, next = harness.Password + "' OR '1'='1", harness.NextPassword + "'; --"
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		bob := server.Client(t)
		bob.Header.Set("User-Agent", hostile)
		bob.Post(harness.RegisterPath, harness.Object("fullName", hostile, "username", "bob", "email", "bob'or'1'='1@example.com", "password", password)).Want(t, 201, "")
		if name := bob.CurrentUser().Field(t, "fullName"); name != hostile {
			t.Errorf("the name came back as %q", name)
		}
		if agent := bob.Sessions()[0].UserAgent; agent != hostile {
			t.Errorf("the agent came back as %q", agent)
		}
		bob.ChangePassword(password, next).Want(t, 200, "")
		for login, status := range map[string]int{
			harness.Object("email", "bob'or'1'='1@example.com", "password", next): 200,
			harness.Object("email", "x'or'1'='1@example.com", "password", next):   401,
			harness.Object("email", "x'or'1'='1@example.com", "password", "x"):    401,
			harness.Object("username", "bob'--", "password", next):                401,
			harness.Object("username", "' OR 1=1 --", "password", next):           401,
		} {
			if answer := server.Client(t).Post(harness.LoginPath, login); answer.Status != status {
				t.Errorf("%s: %d, want %d: %s", login, answer.Status, status, answer.Raw)
			}
		}
		ada.WantAlive()
	})
}
