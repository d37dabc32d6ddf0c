package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// wantNoSecond fails when the registration makes an account: the name must be
// taken or refused, and the field named.
func wantNoSecond(t *testing.T, server *harness.Server, field, name, body string) {
	t.Helper()
	answer := server.Client(t).Post(harness.RegisterPath, body)
	taken := answer.Status == 409 && answer.Code == field+"_taken"
	if !taken && (answer.Status != 400 || answer.Code != "validation_failed") || !slices.Equal(answer.Fields(), []string{field}) {
		t.Errorf("%s %+q: %d %s", field, name, answer.Status, answer.Raw)
	}
}

// wantNobodyElse signs in under another spelling: that is the same account or
// none.
func wantNobodyElse(t *testing.T, server *harness.Server, field, name, id string) {
	t.Helper()
	answer := server.Client(t).Post(harness.LoginPath, harness.Object(field, name, "password", harness.Password))
	same := answer.Status == 200 && answer.Field(t, "user", "id") == id
	if !same && (answer.Status != 401 || answer.Code != "invalid_credentials") {
		t.Errorf("signing in with %s %+q: %d %s", field, name, answer.Status, answer.Raw)
	}
}

func TestAttack21_UsernamesThatLookAlike(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		for i, tt := range []struct{ name, lookalikes string }{
			{"ada", "ADA Ada aDA ＡＤＡ ａda ad\u0430 \u0430da a\u200bda ada\u200d \u202eada ada\u2060 a\u00adda \ufeffada ad\u0101\u0300"},
			{"amélie", "AMÉLIE ame\u0301lie AME\u0301LIE ａｍélie am\u00e9\u0301lie"},
			{"istanbul", "İstanbul İSTANBUL ISTANBUL i\u0307stanbul \u0456stanbul"},
			{"straße", "STRAẞE Straße"},
			{"пётр", "ПЁТР пе\u0308тр пётp"},
			{"kelvin", "\u212aelvin KELVIN"},
			{"office", "o\ufb03ce OFFICE"},
			{"サーバー", "ｻｰﾊﾞｰ サ一バ一 サー一 サ\u2015バ\u2015 サ\u2014バ\u2014"},
			{"علیرضا", "علی\u200cرضا علی\u200dرضا علیر\u200cضا علی\u200b\u200cرضا علیرضا\u200c"},
			{"श्री", "श्\u200dरी श्\u200cरी"},
		} {
			email := string(rune('a'+i)) + "@example.com"
			first := server.Client(t).Post(harness.RegisterPath, harness.Object("fullName", "A", "username", tt.name, "email", email, "password", harness.Password)).Want(t, 201, "")
			id := first.Field(t, "user", "id")
			for _, name := range strings.Fields(tt.lookalikes) {
				wantNoSecond(t, server, "username", name, harness.Object("fullName", "B", "username", name, "email", "second@example.com", "password", harness.Password))
				wantNobodyElse(t, server, "username", name, id)
			}
		}
	})
}

func TestAttack21_EmailsThatLookAlike(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		id := server.SignUp(t, "ada").CurrentUser().Want(t, 200, "").Field(t, "id")
		for _, name := range []string{
			"ADA@EXAMPLE.COM", "Ada@Example.Com", " ada@example.com ", "ada@ｅxample.com", "ada@example。com", "ａda@example.com",
			"ad\u0430@example.com", "a\u200bda@example.com", "ada@exam\u200bple.com", "ada@exam\u00adple.com", "\u202eada@example.com",
			"ada@example.com\u200b", "ada@example.com.", "ad\u0101@example.com", "\ufeffada@example.com",
			"ad\u200ca@example.com", "ada@exam\u200cple.com", "ada@exam\u200dple.com", "ada@xn--example-c06c.com",
		} {
			wantNoSecond(t, server, "email", name, harness.Object("fullName", "B", "username", "second", "email", name, "password", harness.Password))
			wantNobodyElse(t, server, "email", name, id)
		}
	})
}

func TestAttack21_UsernameThatIsAnEmail(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	for _, name := range []string{"ada@example.com", "eve@example.com", "a@b", "@ada", "ada＠example.com", "ada\u0040example.com"} {
		wantNoSecond(t, server, "username", name, harness.Object("fullName", "B", "username", name, "email", "second@example.com", "password", harness.Password))
	}
}

func TestAttack22_TextThatIsNoEmail(t *testing.T) {
	server := harness.Start(t)
	before := server.Contents(t)
	for _, email := range []string{
		"eve@example.com\r\nBcc: all@example.com", "eve@example.com\nBcc: all@example.com", "eve\r@example.com", "eve@example.com\r\n\r\nhello", "eve%0d%0a@example.com\n.",
		"eve@example.com,ada@example.com", "eve@example.com;ada@example.com", "eve@example.com ada@example.com", "eve,ada@example.com",
		`"eve"@example.com`, `"eve@evil.com"@example.com`, `"a b"@example.com`, `e\@ve@example.com`, "eve(comment)@example.com",
		"Eve <eve@example.com>", "<eve@example.com>", "mailto:eve@example.com", "eve@evil.com@example.com", "@evil.com:eve@example.com",
		"eve@[127.0.0.1]", "eve@localhost", "eve@-example.com", "eve@example..com", "eve@.com", "eve@", "@example.com", "@", "eve", ".eve@example.com", "eve.@example.com", "e..ve@example.com",
		strings.Repeat("a", 65) + "@example.com", strings.Repeat("a", 288) + "@example.com", "eve@" + strings.Repeat("a.", 150) + "com", "eve@" + strings.Repeat("a", 64) + ".com",
		"eve\x00@example.com\t.", "eve@exa\tmple.com", "eve@example.com/..", "eve@example.com?x=y", "eve@example.com#x",
	} {
		answer := server.Client(t).Post(harness.RegisterPath, harness.Object("fullName", "Eve", "username", "eve", "email", email, "password", harness.Password))
		if answer.Status != 400 || !slices.Equal(answer.Fields(), []string{"email"}) {
			t.Errorf("%q: %d %s", email, answer.Status, answer.Raw)
		}
	}
	if server.Contents(t) != before {
		t.Error("an account was made")
	}
}

// The message says which character is refused: not the vowel sign before it.
func TestAttack21_TheRefusedCharacterIsTheOneNamed(t *testing.T) {
	server := harness.Start(t)
	for username, refused := range map[string]string{"के राम": "U+0020", "ขอบ้ าน": "U+0020", "தமிழ்😀": "U+1F600"} {
		body := strings.Replace(harness.Registration("NAME"), `"username":"NAME"`, `"username":"`+username+`"`, 1)
		answer := server.Ask(t, "POST", harness.RegisterPath, body, "Content-Type", "application/json").Want(t, 400, "validation_failed")
		if !strings.Contains(answer.Raw, refused) {
			t.Errorf("%s: %s", username, answer.Raw)
		}
	}
}

// Two names that nobody can tell apart are one name.
func TestAttack21_TwinsInOneScript(t *testing.T) {
	server := harness.Start(t)
	for i, twins := range [][2]string{
		{"bob", "b\u09e6b"}, {"bob7", "b\u0be6b7"}, // digits of other scripts look like a Latin o
	} {
		accepted := 0
		for j, username := range twins {
			body := harness.Object("fullName", "A B", "username", username, "email", fmt.Sprintf("twin%d%d@example.com", i, j), "password", harness.Password)
			if server.Ask(t, "POST", harness.RegisterPath, body, "Content-Type", "application/json").Status == 201 {
				accepted++
			}
		}
		if accepted > 1 {
			t.Errorf("%s and %s (%+q) are both taken", twins[0], twins[1], twins[1])
		}
	}
}

// A full name of nothing that anybody sees.
func TestAttack21_AFullNameThatIsInvisible(t *testing.T) {
	server := harness.Start(t)
	for i, name := range []string{"\u3164", "\u115f", "\u2800", "\u034f", "\ufe0f", "\u180b"} {
		username := "invisible" + string(rune('a'+i))
		body := strings.Replace(harness.Registration(username), "Ada Lovelace", name, 1)
		if status := server.Ask(t, "POST", harness.RegisterPath, body, "Content-Type", "application/json").Status; status != 400 {
			t.Errorf("%+q: %d", name, status)
		}
	}
}
