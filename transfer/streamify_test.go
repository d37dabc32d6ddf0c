package transfer

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sallyport/auth/names"
	"sallyport/auth/password"
)

const (
	anyHash  = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	goodUser = `{"_id":{"$oid":"65a1b2c3d4e5f60718293a4b"},"username":"ada","email":"Ada@Example.com","fullName":" Ada Lovelace ",` +
		`"avatar":"https://res.cloudinary.com/x/a.png","coverImage":"","watchHistory":[],"password":"` + anyHash + `",` +
		`"createdAt":{"$date":"2024-01-12T21:45:07.123Z"},"updatedAt":{"$date":{"$numberLong":"1705096000000"}},"__v":0,"refreshToken":"x"}`
)

func TestRead_TakesWhatStreamifyHas(t *testing.T) {
	r := read(document{7, []byte(goodUser)})
	if len(r.problems)+len(r.leftOut) > 0 {
		t.Fatalf("%v, %v", r.problems, r.leftOut)
	}
	u := r.user
	if u.Username != "ada" || u.Email != "ada@example.com" || u.FullName != "Ada Lovelace" || u.AvatarURL != "https://res.cloudinary.com/x/a.png" ||
		u.CoverImageURL != "" || u.PasswordHash != anyHash || u.Role != "user" || u.EmailVerifiedAt != nil || len(u.Sessions) > 0 {
		t.Errorf("%+v", u)
	}
	if want := time.Date(2024, 1, 12, 21, 45, 7, 123e6, time.UTC); !u.CreatedAt.Equal(want) || u.UpdatedAt.UnixMilli() != 1705096000000 {
		t.Errorf("created %v, updated %v", u.CreatedAt, u.UpdatedAt)
	}
	if u.ID.Version() != 7 || u.ID.String() != "018cffa2-49b8-7d4e-97d8-1c60a4e92c00" {
		t.Errorf("id %v", u.ID)
	}
}

func TestRead_DatesThatAreMissingComeFromTheObjectID(t *testing.T) {
	text := goodUser[:strings.Index(goodUser, `,"createdAt"`)] + "}"
	r := read(document{1, []byte(text)})
	want := time.Unix(0x65a1b2c3, 0)
	if len(r.problems) > 0 || !r.user.CreatedAt.Equal(want) || !r.user.UpdatedAt.Equal(want) {
		t.Errorf("created %v, updated %v, %v", r.user.CreatedAt, r.user.UpdatedAt, r.problems)
	}
}

func TestIDOf_TellsEveryBitApart(t *testing.T) {
	var base bson.ObjectID
	seen := map[[16]byte]int{idOf(base): -1}
	for bit := range 96 {
		id := base
		id[bit/8] ^= 1 << (bit % 8)
		u := idOf(id)
		if other, there := seen[u]; there {
			t.Errorf("bits %d and %d give %v", bit, other, u)
		}
		if seen[u] = bit; u.Version() != 7 || u.Variant() != 1 {
			t.Errorf("bit %d: %v", bit, u)
		}
	}
}

func TestRead_RefusesByField(t *testing.T) {
	for _, tt := range []struct{ old, new, field, problem string }{
		{`{"$oid":"65a1b2c3d4e5f60718293a4b"}`, `"65a1b2c3d4e5f60718293a4b"`, "_id", "is no ObjectID"},
		{`"username":"ada"`, `"username":"a"`, "username", "must have 3 to 30 characters"},
		{`"username":"ada"`, `"username":"ada lovelace"`, "username", "may hold letters of one script"},
		{`"username":"ada"`, `"username":7`, "username", "is no text"},
		{`"username":"ada",`, ``, "username", "is missing"},
		{`"username":"ada"`, `"username":null`, "username", "is missing"},
		{`"username":"ada"`, `"username":"ada","username":"eve"`, "username", "is in the document twice"},
		{`"Ada@Example.com"`, `"ada"`, "email", "is not an email address"},
		{`" Ada Lovelace "`, `" "`, "fullName", "is required"},
		{anyHash, "secret", "password", "is not a bcrypt hash"},
		{anyHash, "$2b$31" + anyHash[6:], "password", "has the bcrypt cost 31"},
		{`"password":"` + anyHash + `",`, "", "password", "is missing"},
		{`{"$date":"2024-01-12T21:45:07.123Z"}`, `"yesterday"`, "createdAt", "is no date"},
		{`{"$numberLong":"1705096000000"}`, `{"$numberLong":"9223372036854775807"}`, "updatedAt", "is not between the years"},
		{`"2024-01-12T21:45:07.123Z"`, `"12.1.2024"`, "", "is no document of extended JSON"},
		{"Lovelace", "L\xf6velace", "", "the document is not UTF-8"},
	} {
		text := strings.Replace(goodUser, tt.old, tt.new, 1)
		r := read(document{7, []byte(text)})
		if text == goodUser || len(r.problems) != 1 {
			t.Errorf("%s: %v", tt.new, r.problems)
			continue
		}
		if p := r.problems[0]; p.Field != tt.field || !strings.HasPrefix(p.Problem, tt.problem) || p.Line != 7 {
			t.Errorf("%s: %v, want %s %s", tt.new, p, tt.field, tt.problem)
		}
	}
}

func TestRead_ShowsNoPassword(t *testing.T) {
	for _, f := range read(document{1, []byte(strings.Replace(goodUser, anyHash, "the password itself", 1))}).problems {
		if strings.Contains(f.String(), "itself") {
			t.Error(f)
		}
	}
}

func TestRead_LeavesOutWhatIsNoPicture(t *testing.T) {
	for _, address := range []string{"javascript:alert(1)", "/a.png", "data:image/png;base64,xx", "https://user:password@example.com/a.png", "https:a.png", "https://e.com/" + strings.Repeat("a", 3000)} {
		r := read(document{1, []byte(strings.Replace(goodUser, "https://res.cloudinary.com/x/a.png", address, 1))})
		if len(r.problems) > 0 || len(r.leftOut) != 1 || r.user.AvatarURL != "" {
			t.Errorf("%.40s: %v, %v, %q", address, r.problems, r.leftOut, r.user.AvatarURL)
		}
	}
}

// FuzzImport reads any file: it never panics, and who is not refused fits the rules
// of everybody else.
func FuzzImport(f *testing.F) {
	f.Add([]byte(goodUser))
	f.Add([]byte("[" + goodUser + ",\n" + goodUser + "]"))
	f.Add([]byte(`{"_id":{"$oid":"x"}}{"$oid":"65a1b2c3d4e5f60718293a4b"}`))
	f.Add([]byte(strings.Repeat(`{"a":[`, 300)))
	f.Add([]byte(`{"$code":"x","$scope":{}}{"a":{"$binary":{"base64":"!","subType":"00"}}}{"a":{"$regularExpression":{}}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		found, err := all(string(file))
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		line := 0
		for _, d := range found {
			if d.line < line {
				t.Errorf("line %d comes behind line %d", d.line, line)
			}
			line = d.line
			r := read(d)
			if len(r.problems) > 0 {
				continue
			}
			u := r.user
			_, badName := names.Username(u.Username)
			_, badEmail := names.Email(u.Email)
			if badName+badEmail+password.CheckBcrypt(u.PasswordHash) != "" || u.ID.Version() != 7 || !utf8.ValidString(u.FullName) || strings.ContainsRune(u.FullName, 0) {
				t.Errorf("%+v was taken", u)
			}
		}
	})
}
