package transfer

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"sallyport/tests/harness"
)

// hash is that of harness.Password, with little work.
func hash(t *testing.T) string {
	t.Helper()
	made, err := bcrypt.GenerateFromPassword([]byte(harness.Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(made)
}

// streamifyUser is a document as mongoexport writes it, with the id that ends in n.
func streamifyUser(n int, username, email, hash string) string {
	return fmt.Sprintf(`{"_id":{"$oid":"65a1b2c3d4e5f60718%06x"},"username":%q,"email":%q,"fullName":"Ada Lovelace","avatar":"https://example.com/a.png",`+
		`"coverImage":"","watchHistory":[],"password":%q,"createdAt":{"$date":"2024-01-12T21:45:07.123Z"},"updatedAt":{"$date":"2024-02-12T21:45:07.123Z"},"__v":0}`,
		n, username, email, hash)
}

// write writes the lines into a file of the folder.
func write(t *testing.T, dir string, lines ...string) (name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "users.json"), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return "users.json"
}

type finding struct {
	Line         int
	ID           string
	Field, Value string
	Problem      string
}

// importReport is what import prints with --json.
type importReport struct {
	DryRun                                     bool
	Documents, Imported, AlreadyThere, Refused int
	Problems, LeftOut                          []finding
	Groups                                     []struct {
		Field, Name string
		Members     []struct {
			Line     int
			Spelling string
		}
	}
}

// counts are documents, imported, there already and refused.
func (r importReport) counts() [4]int {
	return [4]int{r.Documents, r.Imported, r.AlreadyThere, r.Refused}
}

// importFile imports a file of the folder, and returns the report.
func importFile(t *testing.T, dir string, code int, file string, rest ...string) (r importReport) {
	t.Helper()
	var args, variables []string
	for _, one := range rest {
		if strings.HasPrefix(one, "DATABASE_URL=") {
			variables = append(variables, one)
		} else {
			args = append(args, one)
		}
	}
	stdout, stderr := run(t, dir, code, append([]string{"import", file, "--json"}, args...), variables...)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %q: %s", err, stdout, stderr)
	}
	return r
}

func TestImport_OldPasswordSignsInAndGetsANewHash(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
		run(t, dir, 0, []string{"migrate"}, variable)
		file := write(t, dir, streamifyUser(1, "ada", "Ada@Example.com", hash(t)), streamifyUser(2, "grace", "grace@example.com", "$2y"+hash(t)[3:]))
		if r := importFile(t, dir, 0, file, variable); r.counts() != [4]int{2, 2, 0, 0} {
			t.Fatalf("it reports %+v", r)
		}
		server := harness.Built(t).Serve(t, dir, variable)
		for _, name := range []string{"ada", "grace"} {
			stored := "SELECT password_hash FROM users WHERE username = '" + name + "'"
			server.Login(name, harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
			if hash := harness.Column(t, db, stored); !strings.HasPrefix(hash, "$2") {
				t.Errorf("a wrong password has changed the hash to %.12s", hash)
			}
			server.SignIn(name)
			if hash := harness.Column(t, db, stored); !strings.HasPrefix(hash, "$argon2id$") {
				t.Errorf("after the sign-in the hash is %.12s", hash)
			}
			server.SignIn(name)
		}
	})
}

func TestImport_AgainChangesNothingThatHasChanged(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
		run(t, dir, 0, []string{"migrate"}, variable)
		all := []string{streamifyUser(1, "ada", "ada@example.com", hash(t)), streamifyUser(2, "grace", "grace@example.com", hash(t)), streamifyUser(3, "joan", "joan@example.com", hash(t))}
		importFile(t, dir, 0, write(t, dir, all...), variable)
		server := harness.Built(t).Serve(t, dir, variable)
		ada, joan := server.SignIn("ada"), server.SignIn("joan")
		server.Send("PATCH", harness.UpdateAccountPath, ada.Access, harness.Object("fullName", "Countess")).Want(t, http.StatusOK, "")
		server.ChangePassword(ada.Access, harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
		server.Send("DELETE", harness.CurrentUserPath, joan.Access, harness.Object("password", harness.Password)).Want(t, http.StatusOK, "")

		rows := "SELECT id || full_name || password_hash || refresh_tokens || sessions_version FROM users WHERE username = 'ada'"
		before := harness.Column(t, db, rows)
		file := write(t, dir, append(all, streamifyUser(4, "mary", "mary@example.com", hash(t)))...)
		if r := importFile(t, dir, 0, file, variable); r.counts() != [4]int{4, 1, 3, 0} {
			t.Errorf("it reports %+v", r)
		}
		if after := harness.Column(t, db, rows); after != before {
			t.Errorf("the row of ada was %s, and is %s", before, after)
		}
		server.Login("joan", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials") // deleted is deleted
		server.SignIn("mary")
	})
}

// Streamify hashes the password as it is sent. Vietnamese keyboards send marks of their
// own behind letters, which NFC puts into one character.
func TestImport_OldPasswordSignsInInTheFormInWhichItWasHashed(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	const sent, inNFC = "mâ\u0323t khâ\u0309u cu\u0309a tôi", "mật khẩu của tôi"
	made, err := bcrypt.GenerateFromPassword([]byte(sent), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat(sent, 3)                                               // a hash of bcrypt stays
	ofLong, err := bcrypt.GenerateFromPassword([]byte(long)[:72], bcrypt.MinCost) // Node's looks at no more
	if err != nil {
		t.Fatal(err)
	}
	users := write(t, dir, streamifyUser(1, "ada", "ada@example.com", string(made)),
		streamifyUser(2, "grace", "grace@example.com", string(made)), streamifyUser(3, "joan", "joan@example.com", string(ofLong)))
	importFile(t, dir, 0, users, "DATABASE_URL="+file)
	server := harness.Built(t).Serve(t, dir, "DATABASE_URL="+file)
	server.Login("ada", sent+"?").Want(t, http.StatusUnauthorized, "invalid_credentials")
	server.Login("ada", sent).Want(t, http.StatusOK, "")
	if hash := harness.Column(t, db, "SELECT password_hash FROM users WHERE username = 'ada'"); !strings.HasPrefix(hash, "$argon2id$") {
		t.Errorf("after the sign-in the hash is %.12s", hash)
	}
	server.Login("ada", inNFC).Want(t, http.StatusOK, "") // from any keyboard now
	server.Login("ada", sent).Want(t, http.StatusOK, "")
	server.Login("grace", inNFC).Want(t, http.StatusUnauthorized, "invalid_credentials") // bcrypt has seen the other form alone
	joan := server.Login("joan", long).Tokens(t)
	server.ChangePassword(joan.Access, long, harness.NextPassword).Want(t, http.StatusOK, "")
}

func TestImport_ReportNamesWhoWasRefusedAndWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+file)
	server := harness.Built(t).Serve(t, dir, "DATABASE_URL="+file) // an import beside it
	server.SignUp("taken")
	users := write(t, dir,
		streamifyUser(1, "ada", "ada@example.com", hash(t)),
		streamifyUser(2, "b", "bee@example.com", hash(t)),
		streamifyUser(3, "cleo", "Cleo@example.com", hash(t)),
		streamifyUser(4, "dora", "dora@example.com", "$2b$31"+hash(t)[6:]),
		streamifyUser(5, "cleopatra", "cleo@Example.com", hash(t)),
		streamifyUser(6, "taken", "taken@example.com", hash(t)),
		streamifyUser(7, "Эва", "eva", "plain"),
		strings.Replace(streamifyUser(8, "fay", "fay@example.com", hash(t)), "https://", "", 1),
	)
	var seen []string
	r := importFile(t, dir, 1, users, "DATABASE_URL="+file, "--report", "report.json")
	for _, p := range append(r.Problems, r.LeftOut...) {
		seen = append(seen, fmt.Sprintf("%d %s %s %s", p.Line, p.Field, p.Value, p.Problem[:12]))
	}
	want := []string{
		"2 username b must have 3 ",
		"4 password  has the bcry",
		"6 email taken@example.com belongs to a",
		"6 username taken belongs to a",
		"7 email eva is not an em",
		"7 password  is not a bcr",
		"8 avatar example.com/a.png is no addres",
	}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("it names\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
	if r.counts() != [4]int{8, 2, 0, 6} {
		t.Errorf("it reports %v", r.counts())
	}
	if len(r.Groups) != 1 || r.Groups[0].Name != "cleo@example.com" || len(r.Groups[0].Members) != 2 ||
		r.Groups[0].Members[0].Line != 3 || r.Groups[0].Members[1].Spelling != "cleo@Example.com" {
		t.Errorf("groups %+v", r.Groups)
	}
	for _, name := range []string{"cleo", "cleopatra"} {
		server.Login(name, harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	server.SignIn("fay")

	written, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var inFile importReport
	if err := json.Unmarshal(written, &inFile); err != nil || inFile.counts() != r.counts() || len(inFile.Problems) != len(r.Problems) {
		t.Errorf("the file holds %s, %v", written, err)
	}
}

func TestImport_DryRunWritesNothingAndReportsTheSame(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	users := write(t, dir, streamifyUser(1, "ada", "ada@example.com", hash(t)), streamifyUser(2, "b", "b@example.com", hash(t)))
	dry := importFile(t, dir, 1, users, "--dry-run", "DATABASE_URL="+file)
	if n := harness.Column(t, db, "SELECT (SELECT count(*) FROM users) || (SELECT count(*) FROM imported_users)"); n != "00" {
		t.Errorf("%s rows", n)
	}
	wet := importFile(t, dir, 1, users, "DATABASE_URL="+file)
	if !dry.DryRun || wet.DryRun || dry.counts() != wet.counts() || len(dry.Problems) != 1 || dry.Problems[0] != wet.Problems[0] {
		t.Errorf("dry %+v, in earnest %+v", dry, wet)
	}
}

func TestImport_BrokenOffGoesOn(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	const all = 450
	lines := make([]string, all)
	for i := range lines {
		lines[i] = streamifyUser(i, fmt.Sprintf("user%d", i), fmt.Sprintf("user%d@example.com", i), hash(t))
	}
	users := write(t, dir, "["+strings.Join(lines, ",\n")+"]")
	exec(t, db, "CREATE TRIGGER stop BEFORE INSERT ON users WHEN NEW.username = 'user420' BEGIN SELECT RAISE(ABORT, 'no'); END")
	first := importFile(t, dir, 1, users, "DATABASE_URL="+file)
	if first.Imported != 400 {
		t.Errorf("it reports %+v", first)
	}
	exec(t, db, "DROP TRIGGER stop")
	if r := importFile(t, dir, 0, users, "DATABASE_URL="+file); r.counts() != [4]int{all, all - 400, 400, 0} {
		t.Errorf("it reports %v", r.counts())
	}
	if n := harness.Column(t, db, "SELECT count(*) FROM users"); n != fmt.Sprint(all) {
		t.Errorf("%s users", n)
	}
}

func TestImport_BrokenFileIsRefusedWhole(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	var lines []string
	for i := range 300 { // more than one portion
		lines = append(lines, streamifyUser(i, fmt.Sprintf("user%d", i), fmt.Sprintf("user%d@example.com", i), hash(t)))
	}
	good := strings.Join(lines, "\n")
	for content, problem := range map[string]string{
		good + "\n" + good[:100]: "line 301: the file ends in the middle",
		good + "\nnonsense":      "line 301: what begins here is not JSON",
		"_id,username\n1,ada":    "the file is not JSON",
	} {
		users := write(t, dir, content)
		if _, stderr := run(t, dir, 1, []string{"import", users}, "DATABASE_URL="+file); !strings.Contains(stderr, problem) {
			t.Errorf("%.20q: it says %s", content, stderr)
		}
	}
	if _, stderr := run(t, dir, 1, []string{"import", "nobody.json"}, "DATABASE_URL="+file); !strings.Contains(stderr, "nobody.json") {
		t.Errorf("it says %s", stderr)
	}
	if n := harness.Column(t, db, "SELECT count(*) FROM users"); n != "0" {
		t.Errorf("%s users", n)
	}
}

func TestImport_AddressOfAPictureThatNoIndexTakesIsLeftOut(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
		run(t, dir, 0, []string{"migrate"}, variable)
		var long strings.Builder
		random := rand.New(rand.NewPCG(1, 2)) // PostgreSQL would compress what repeats itself
		for range 2000 {
			long.WriteRune('一' + random.Int32N(20_000))
		}
		file := write(t, dir, streamifyUser(1, "ada", "ada@example.com", hash(t)),
			strings.Replace(streamifyUser(2, "grace", "grace@example.com", hash(t)), "a.png", long.String(), 1))
		if r := importFile(t, dir, 0, file, variable); r.counts() != [4]int{2, 2, 0, 0} || len(r.LeftOut) != 1 {
			t.Errorf("it reports %+v", r)
		}
	})
}

func TestImport_ReportThatCannotBeWrittenIsSaidBeforeTheImport(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	users := write(t, dir, streamifyUser(1, "ada", "ada@example.com", hash(t)))
	before := read(t, dir, users)
	if err := os.Link(filepath.Join(dir, users), filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		report string
		code   int
		says   string
	}{
		{users, 2, "--report names the file with the users"},
		{"link.json", 2, "--report names the file with the users"},
		{".", 1, "--report: open ."},
		{"none/report.json", 1, "--report: open none/report.json"},
	} {
		if _, stderr := run(t, dir, tt.code, []string{"import", users, "--report", tt.report}, "DATABASE_URL="+file); !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: it says %s", tt.report, stderr)
		}
	}
	if after := read(t, dir, users); after != before {
		t.Errorf("the file with the users holds %s", after)
	}
	if n := harness.Column(t, db, "SELECT count(*) FROM users"); n != "0" {
		t.Errorf("%s users", n)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
