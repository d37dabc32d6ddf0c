package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/auth/password"
	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

var (
	signedInAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	testPolicy = session.Policy{RefreshExpiry: 7 * 24 * time.Hour, MaxAge: 30 * 24 * time.Hour, Grace: 10 * time.Second, Max: 10}
)

const ada, adasPassword = "ada@example.com", "engine-no-1-plan"

// cheap hashing: what it costs is measured elsewhere.
var cheap = password.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// fixture is the use cases on a real database, with a clock that moves by hand.
type fixture struct {
	t       *testing.T
	store   *models.Store
	options Options
	now     time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := models.Open(t.Context(), models.Options{Driver: models.SQLite, DSN: filepath.Join(t.TempDir(), "test.db")}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, store: store, now: signedInAt}
	now := func() time.Time { return f.now }
	f.options = Options{
		Store:    store,
		Hasher:   hasherOf(t, cheap),
		Access:   token.NewAccess([]string{"Xq7vR2mK9tLw4pZc8nYb3sHd6fJg1aUe"}, now),
		Refresh:  token.NewRefresh([]string{"Bn5hT8wQ2kVx7rMz4cPy9dLs3gFj6eAu"}, now),
		Sessions: testPolicy, AccessExpiry: 15 * time.Minute,
		Passwords:  PasswordPolicy{MinLength: 8},
		Guesses:    unlimited{},
		Refreshes:  unlimited{},
		Background: func(task func()) { task() },
		Now:        now,
		Log:        log,
	}
	registration := Registration{FullName: "Ada Lovelace", Username: "ada", Email: ada, Password: adasPassword}
	if _, _, err := f.service().Register(t.Context(), registration, Client{}); err != nil {
		t.Fatal(err)
	}
	return f
}

func hasherOf(t *testing.T, params password.Params) *password.Hasher {
	t.Helper()
	hasher, err := password.NewHasher(params)
	if err != nil {
		t.Fatal(err)
	}
	return hasher
}

func (f *fixture) service() *Service {
	f.t.Helper()
	service, err := New(f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	return service
}

func (f *fixture) user() models.User {
	f.t.Helper()
	user, found, err := f.store.UserByEmail(f.t.Context(), ada)
	if err != nil || !found {
		f.t.Fatal(found, err)
	}
	return user
}

func (f *fixture) login(password string) (Grant, error) {
	_, grant, err := f.service().Login(f.t.Context(), Credentials{Email: ada, Password: password}, Client{})
	return grant, err
}

func (f *fixture) mustLogin() Grant {
	f.t.Helper()
	grant, err := f.login(adasPassword)
	if err != nil {
		f.t.Fatal(err)
	}
	return grant
}

// use presents the access token, so that its refresh token counts as arrived.
func (f *fixture) use(grant Grant) {
	f.t.Helper()
	if _, err := f.service().Authenticate(f.t.Context(), []string{grant.AccessToken}); err != nil {
		f.t.Fatal(err)
	}
}

// unlimited refuses nothing: limits are tested over HTTP.
type unlimited struct{}

func (unlimited) Take(context.Context, string) error { return nil }
func (unlimited) GiveBack(context.Context, string)   {}

// intercepted is a store in which something happens right before a write.
type intercepted struct {
	UserStore
	meanwhile func(models.User)
}

func (i *intercepted) Apply(ctx context.Context, change models.Change) (bool, error) {
	if meanwhile := i.meanwhile; meanwhile != nil {
		i.meanwhile = nil // once
		meanwhile(change.Swaps[0].Old)
	}
	return i.UserStore.Apply(ctx, change)
}

// change writes Ada's row as another request would.
func (f *fixture) change(change func(*models.User)) {
	f.t.Helper()
	next := f.user()
	change(&next)
	if swapped, err := f.store.Apply(f.t.Context(), models.Change{Swaps: []models.Swap{{Old: f.user(), Next: next}}}); !swapped || err != nil {
		f.t.Fatal(swapped, err)
	}
}

// setPassword changes Ada's hash to that of the password, and her sessions.
func (f *fixture) setPassword(password string, sessions models.Sessions) {
	f.t.Helper()
	hash, err := f.options.Hasher.Hash(f.t.Context(), password)
	if err != nil {
		f.t.Fatal(err)
	}
	f.change(func(u *models.User) { u.PasswordHash, u.Sessions = hash, sessions })
}

// viewed is a store whose users are shown changed.
type viewed struct {
	UserStore
	change func(*models.User)
}

func (v viewed) UserByEmail(ctx context.Context, email string) (models.User, bool, error) {
	user, found, err := v.UserStore.UserByEmail(ctx, email)
	v.change(&user)
	return user, found, err
}

func TestLogin_AnswersTheSameForEveryWrongCredential(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		why         string
		credentials Credentials
		want        apperror.Code // "" signs in
	}{
		{"email", Credentials{Email: ada, Password: adasPassword}, ""},
		{"email in another spelling", Credentials{Email: " Ada@EXAMPLE.com ", Password: adasPassword}, ""},
		{"username", Credentials{Username: "ada", Password: adasPassword}, ""},
		{"fullwidth username", Credentials{Username: "ＡＤＡ", Password: adasPassword}, ""},
		{"wrong password", Credentials{Email: ada, Password: "wrong"}, apperror.CodeInvalidCredentials},
		{"one byte more", Credentials{Email: ada, Password: adasPassword + "x"}, apperror.CodeInvalidCredentials},
		{"a space more", Credentials{Email: ada, Password: adasPassword + " "}, apperror.CodeInvalidCredentials},
		{"257 characters", Credentials{Email: ada, Password: strings.Repeat("a", 257)}, apperror.CodeInvalidCredentials},
		{"unknown email", Credentials{Email: "eve@example.com", Password: adasPassword}, apperror.CodeInvalidCredentials},
		{"unknown username", Credentials{Username: "eve", Password: adasPassword}, apperror.CodeInvalidCredentials},
		{"an email nobody can have", Credentials{Email: "x", Password: adasPassword}, apperror.CodeInvalidCredentials},
		{"the email decides where both are there", Credentials{Email: "eve@example.com", Username: "ada", Password: adasPassword}, apperror.CodeInvalidCredentials},
		{"an email as username", Credentials{Username: ada, Password: adasPassword}, ""},
		{"a username as email", Credentials{Email: "ada", Password: adasPassword}, ""},
		{"another's email as username", Credentials{Username: "eve@example.com", Password: adasPassword}, apperror.CodeInvalidCredentials},
		{"SQL", Credentials{Username: "' OR 1=1 --", Password: adasPassword}, apperror.CodeInvalidCredentials},
		{"no password", Credentials{Email: ada}, apperror.CodeValidation},
		{"nobody", Credentials{Password: adasPassword}, apperror.CodeValidation},
	}
	for _, tt := range tests {
		_, grant, err := f.service().Login(t.Context(), tt.credentials, Client{})
		if apperror.CodeOf(err) != tt.want || (err == nil) != (tt.want == "") || (grant == Grant{}) != (tt.want != "") {
			t.Errorf("%s: %v", tt.why, err)
		}
		if tt.want == apperror.CodeInvalidCredentials && err != errInvalidCredentials {
			t.Errorf("%s has an answer of its own: %v", tt.why, err)
		}
	}
}

// The policy judges new passwords only: nobody is locked out by a stricter one.
func TestLogin_AcceptsAPasswordThatWouldBeRefusedToday(t *testing.T) {
	f := newFixture(t)
	f.setPassword("ada", nil)
	if _, err := f.login("ada"); err != nil {
		t.Error(err)
	}
}

func TestLogin_DisabledUserLooksLikeAWrongPassword(t *testing.T) {
	f := newFixture(t)
	f.options.Store = viewed{f.store, func(u *models.User) { u.DisabledAt = &f.now }}
	if grant, err := f.login(adasPassword); err != errInvalidCredentials || grant != (Grant{}) {
		t.Errorf("%v", err)
	}
	if n := len(f.user().Sessions); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestLogin_RenewsAHashOfOldParameters(t *testing.T) {
	f := newFixture(t)
	old := f.user().PasswordHash
	stronger := cheap
	stronger.Iterations = 2
	f.options.Hasher = hasherOf(t, stronger)
	if _, err := f.login("wrong"); err != errInvalidCredentials || f.user().PasswordHash != old {
		t.Errorf("a wrong password renewed the hash: %v", err)
	}
	f.mustLogin()
	renewed := f.user().PasswordHash
	if !strings.HasPrefix(renewed, "$argon2id$v=19$m=64,t=2,p=1$") {
		t.Errorf("%s", renewed)
	}
	f.mustLogin()
	if f.user().PasswordHash != renewed {
		t.Error("a hash of the right parameters was renewed again")
	}
}

func TestLogin_LosesToAPasswordChangeMeanwhile(t *testing.T) {
	f := newFixture(t)
	f.options.Store = &intercepted{f.store, func(models.User) { f.setPassword("another password", nil) }}
	if grant, err := f.login(adasPassword); err != errInvalidCredentials || grant != (Grant{}) {
		t.Errorf("%v", err)
	}
	if n := len(f.user().Sessions); n != 0 {
		t.Errorf("%d sessions of the old password", n)
	}
}

func TestLogin_SurvivesAParallelSignInThatRenewsTheHash(t *testing.T) {
	f := newFixture(t)
	f.options.Store = &intercepted{f.store, func(user models.User) { f.setPassword(adasPassword, user.Sessions) }}
	if _, err := f.login(adasPassword); err != nil || len(f.user().Sessions) != 2 {
		t.Errorf("%d sessions, %v", len(f.user().Sessions), err)
	}
}

func TestLogin_SurvivesAnotherSignInMeanwhile(t *testing.T) {
	f := newFixture(t)
	f.options.Store = &intercepted{f.store, func(models.User) { f.change(func(*models.User) {}) }}
	if _, err := f.login(adasPassword); err != nil || len(f.user().Sessions) != 2 {
		t.Errorf("%d sessions, %v", len(f.user().Sessions), err)
	}
}

func TestLogin_EvictsTheLeastRecentlyUsedSession(t *testing.T) {
	f := newFixture(t)
	f.options.Sessions.Max = 3
	var grants []Grant
	for range 3 {
		f.now = f.now.Add(time.Minute)
		grants = append(grants, f.mustLogin()) // the third evicts the registration's
	}
	f.now = f.now.Add(time.Minute)
	refreshed, err := f.service().Refresh(t.Context(), []string{grants[0].RefreshToken}, session.Device{})
	if err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(time.Minute)
	f.mustLogin()
	if n := len(f.user().Sessions); n != 3 {
		t.Errorf("%d sessions", n)
	}
	for i, tt := range []struct {
		access string
		want   apperror.Code
	}{{refreshed.AccessToken, ""}, {grants[1].AccessToken, apperror.CodeSessionEnded}, {grants[2].AccessToken, ""}} {
		if _, err := f.service().Authenticate(t.Context(), []string{tt.access}); apperror.CodeOf(err) != tt.want {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

func TestLogin_OneSessionAtMostIsStreamify(t *testing.T) {
	f := newFixture(t)
	f.options.Sessions.Max = 1
	first, second := f.mustLogin(), f.mustLogin()
	if n := len(f.user().Sessions); n != 1 {
		t.Errorf("%d sessions", n)
	}
	if _, err := f.service().Refresh(t.Context(), []string{first.RefreshToken}, session.Device{}); err != errSessionEnded {
		t.Errorf("first device: %v", err)
	}
	if _, err := f.service().Refresh(t.Context(), []string{second.RefreshToken}, session.Device{}); err != nil {
		t.Errorf("second device: %v", err)
	}
}

func TestLogin_DropsSessionsThatAreOver(t *testing.T) {
	f := newFixture(t)
	f.now = f.now.Add(testPolicy.RefreshExpiry + time.Hour) // the registration's was never refreshed
	f.mustLogin()
	if n := len(f.user().Sessions); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestRefresh_RepeatsTheSuccessorInsideGrace(t *testing.T) {
	f := newFixture(t)
	first := f.mustLogin()
	f.now = f.now.Add(time.Minute)
	next, err := f.service().Refresh(t.Context(), []string{first.RefreshToken}, session.Device{})
	if err != nil || next.RefreshToken == first.RefreshToken {
		t.Fatal(err)
	}
	version := f.user().SessionsVersion
	f.now = f.now.Add(testPolicy.Grace - time.Millisecond)
	again, err := f.service().Refresh(t.Context(), []string{first.RefreshToken}, session.Device{})
	if err != nil || again.RefreshToken != next.RefreshToken {
		t.Errorf("another successor: %v", err)
	}
	if f.user().SessionsVersion != version {
		t.Error("answering again wrote to the row")
	}
}

func TestRefresh_ReplayAfterGraceEndsSession(t *testing.T) {
	f := newFixture(t)
	first := f.mustLogin()
	next, err := f.service().Refresh(t.Context(), []string{first.RefreshToken}, session.Device{})
	if err != nil {
		t.Fatal(err)
	}
	f.use(next)
	f.now = f.now.Add(testPolicy.Grace)
	if _, err := f.service().Refresh(t.Context(), []string{first.RefreshToken}, session.Device{}); err != errTokenReused {
		t.Errorf("replay: %v", err)
	}
	for who, stolen := range map[string]string{"victim": next.RefreshToken, "thief": first.RefreshToken} {
		if _, err := f.service().Refresh(t.Context(), []string{stolen}, session.Device{}); err != errSessionEnded {
			t.Errorf("%s: %v", who, err)
		}
	}
	if _, err := f.service().Authenticate(t.Context(), []string{next.AccessToken}); err != errSessionEnded {
		t.Errorf("access token: %v", err)
	}
	if n := len(f.user().Sessions); n != 1 {
		t.Errorf("%d sessions: the registration's has nothing to do with it", n)
	}
}

func TestRefresh_OneTheftIsReportedOnce(t *testing.T) {
	f := newFixture(t)
	stolen := f.mustLogin()
	next, err := f.service().Refresh(t.Context(), []string{stolen.RefreshToken}, session.Device{})
	if err != nil {
		t.Fatal(err)
	}
	f.use(next)
	f.now = f.now.Add(testPolicy.Grace)
	replay := func() error {
		_, err := f.service().Refresh(t.Context(), []string{stolen.RefreshToken}, session.Device{})
		return err
	}
	f.options.Store = &intercepted{f.store, func(models.User) {
		if err := replay(); err != errTokenReused {
			t.Errorf("the first to end the session: %v", err)
		}
	}}
	if err := replay(); err != errSessionEnded {
		t.Errorf("the other one: %v", err)
	}
}

func TestRefresh_LogoutMeanwhileWins(t *testing.T) {
	f := newFixture(t)
	grant := f.mustLogin()
	f.options.Store = &intercepted{f.store, func(models.User) {
		if err := f.service().Logout(t.Context(), Client{RefreshTokens: []string{grant.RefreshToken}}); err != nil {
			t.Fatal(err)
		}
	}}
	if _, err := f.service().Refresh(t.Context(), []string{grant.RefreshToken}, session.Device{}); err != errSessionEnded {
		t.Errorf("%v", err)
	}
}

func TestRefresh_NeverPastTheAbsoluteEnd(t *testing.T) {
	f := newFixture(t)
	grant := f.mustLogin()
	end := f.now.Add(testPolicy.MaxAge)
	for f.now.Before(end.Add(-time.Hour)) {
		f.now = f.now.Add(6 * 24 * time.Hour)
		var err error
		if grant, err = f.service().Refresh(t.Context(), []string{grant.RefreshToken}, session.Device{}); err != nil {
			break
		}
		if grant.RefreshExpiresAt.After(end) || grant.AccessExpiresAt.After(end) {
			t.Fatalf("at %v: %+v", f.now, grant)
		}
	}
	if f.now.Before(end) {
		t.Errorf("ended at %v, before %v", f.now, end)
	}
}

func TestLogout_AcceptsExpiredAccessTokenAndIgnoresRubbish(t *testing.T) {
	f := newFixture(t)
	grant := f.mustLogin()
	f.now = f.now.Add(time.Hour)
	if err := f.service().Logout(t.Context(), Client{AccessTokens: []string{"rubbish", "", grant.AccessToken}, RefreshTokens: []string{grant.AccessToken}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.service().Refresh(t.Context(), []string{grant.RefreshToken}, session.Device{}); err != errSessionEnded {
		t.Errorf("%v", err)
	}
}

func TestRegister_NamesEveryBadFieldAndEveryTakenOne(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		why          string
		registration Registration
		code         apperror.Code
		fields       string
	}{
		{"everything empty", Registration{}, apperror.CodeValidation, "fullName username email password"},
		{"short password", Registration{FullName: "Eve", Username: "eve", Email: "eve@example.com", Password: "short"}, apperror.CodeValidation, "password"},
		{"common password", Registration{FullName: "Eve", Username: "eve", Email: "eve@example.com", Password: "baseball1"}, apperror.CodeValidation, "password"},
		{"the own name", Registration{FullName: "Evelyn Boyd", Username: "eve", Email: "eve@example.com", Password: "Evelyn-Boyd-7"}, apperror.CodeValidation, "password"},
		{"both taken, in another spelling", Registration{FullName: "Eve", Username: "ADA", Email: "ADA@example.com", Password: adasPassword}, apperror.CodeEmailTaken, "username email"},
		{"email taken", Registration{FullName: "Eve", Username: "eve", Email: ada, Password: adasPassword}, apperror.CodeEmailTaken, "email"},
		{"username taken", Registration{FullName: "Eve", Username: "Ada", Email: "eve@example.com", Password: adasPassword}, apperror.CodeUsernameTaken, "username"},
	}
	for _, tt := range tests {
		_, _, err := f.service().Register(t.Context(), tt.registration, Client{})
		refusal, ok := err.(*apperror.Error)
		if !ok || refusal.Code != tt.code {
			t.Errorf("%s: %v", tt.why, err)
			continue
		}
		var fields []string
		for _, field := range refusal.Fields {
			fields = append(fields, field.Field)
		}
		if got := strings.Join(fields, " "); got != tt.fields {
			t.Errorf("%s: fields %s, want %s", tt.why, got, tt.fields)
		}
	}
}

// early is a store whose first look for taken names comes before those of
// another request are in.
type early struct {
	UserStore
	looked bool
}

func (e *early) Taken(ctx context.Context, names models.Names, now time.Time) (bool, bool, error) {
	if !e.looked {
		e.looked = true
		return false, false, nil
	}
	return e.UserStore.Taken(ctx, names, now)
}

func TestRegister_NamesEveryTakenFieldInARaceToo(t *testing.T) {
	f := newFixture(t)
	if _, _, err := f.service().Register(t.Context(), Registration{FullName: "Eve", Username: "eve", Email: "eve@example.com", Password: adasPassword}, Client{}); err != nil {
		t.Fatal(err)
	}
	store := f.options.Store
	for _, email := range []string{ada, "eve@example.com"} { // of one user, and of two
		f.options.Store = &early{UserStore: store}
		_, _, err := f.service().Register(t.Context(), Registration{FullName: "A", Username: "ada", Email: email, Password: adasPassword}, Client{})
		var refusal *apperror.Error
		if !errors.Is(err, models.ErrDuplicate) || !errors.As(err, &refusal) || refusal.Code != apperror.CodeEmailTaken || len(refusal.Fields) != 2 {
			t.Errorf("ada and %s: %v", email, err)
		}
	}
}

func TestErrorCodes_SurviveWrapping(t *testing.T) {
	if code := apperror.CodeOf(fmt.Errorf("wrapped: %w", errTooBusy)); code != apperror.CodeTooBusy {
		t.Errorf("%q", code)
	}
	if code := apperror.CodeOf(io.EOF); code != "" {
		t.Errorf("%q", code)
	}
}

// counted is a store that counts its writes and refuses them while fails is set.
type counted struct {
	UserStore
	writes int
	fails  error
}

func (c *counted) Apply(ctx context.Context, change models.Change) (bool, error) {
	c.writes++
	if c.fails != nil {
		return false, c.fails
	}
	return c.UserStore.Apply(ctx, change)
}

// came is a client that comes with the tokens of these grants.
func came(grants ...Grant) (c Client) {
	for _, g := range grants {
		c.AccessTokens = append(c.AccessTokens, g.AccessToken)
		c.RefreshTokens = append(c.RefreshTokens, g.RefreshToken)
	}
	return c
}

func TestSignIn_ReplacesWhatTheClientCameWithInOneWrite(t *testing.T) {
	eve := Registration{FullName: "Eve", Username: "eve", Email: "eve@example.com", Password: "another-engine-plan"}
	for why, signIn := range map[string]func(*Service, Client) (models.User, Grant, error){
		"as herself": func(s *Service, c Client) (models.User, Grant, error) {
			return s.Login(t.Context(), Credentials{Email: ada, Password: adasPassword}, c)
		},
		"as somebody new": func(s *Service, c Client) (models.User, Grant, error) {
			return s.Register(t.Context(), eve, c)
		},
	} {
		t.Run(why, func(t *testing.T) {
			f := newFixture(t)
			former, other := f.mustLogin(), f.mustLogin()
			store := &counted{UserStore: f.store, fails: errors.New("no write")}
			f.options.Store = store
			if _, _, err := signIn(f.service(), came(former)); !errors.Is(err, store.fails) {
				t.Fatal(err)
			}
			if n := len(f.user().Sessions); n != 3 {
				t.Errorf("after a write that failed there are %d sessions, want the 3 of before", n)
			}
			store.fails, store.writes = nil, 0
			_, grant, err := signIn(f.service(), came(former)) // nothing of the first try is in the way
			if err != nil || store.writes != 1 {
				t.Fatalf("%d writes: %v", store.writes, err)
			}
			for _, tt := range []struct {
				token string
				want  error
			}{{former.RefreshToken, errSessionEnded}, {other.RefreshToken, nil}, {grant.RefreshToken, nil}} {
				if _, err := f.service().Refresh(t.Context(), []string{tt.token}, session.Device{}); err != tt.want {
					t.Errorf("%v, want %v", err, tt.want)
				}
			}
		})
	}
}

func TestLogin_MakesRoomWithTheSessionThatTheClientCameWith(t *testing.T) {
	f := newFixture(t)
	f.options.Sessions.Max = 2
	other, former := f.mustLogin(), f.mustLogin()
	if _, _, err := f.service().Login(t.Context(), Credentials{Email: ada, Password: adasPassword}, came(former)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.service().Refresh(t.Context(), []string{other.RefreshToken}, session.Device{}); err != nil {
		t.Errorf("another device was signed out: %v", err)
	}
	if n := len(f.user().Sessions); n != 2 {
		t.Errorf("%d sessions", n)
	}
}

// identity is Ada in her first session.
func (f *fixture) identity() Identity {
	user := f.user()
	return Identity{User: user, SessionID: user.Sessions[0].ID}
}

func TestChangePassword_AnAccountWithoutAPasswordHasNoOldOne(t *testing.T) {
	f := newFixture(t)
	f.change(func(u *models.User) { u.PasswordHash = "" })
	_, err := f.service().ChangePassword(t.Context(), f.identity(), PasswordChange{Old: "whatever", New: "another-engine-plan"})
	if err == nil || f.user().PasswordHash != "" {
		t.Errorf("it has a password now: %v", err)
	}
}

func TestEndOwnSessions_WritesNothingWhereNothingEnds(t *testing.T) {
	f := newFixture(t)
	store := &counted{UserStore: f.store}
	f.options.Store = store
	if ended, err := f.service().EndOwnSessions(t.Context(), f.identity(), false); ended != 0 || err != nil || store.writes != 0 {
		t.Errorf("%d ended, %d writes: %v", ended, store.writes, err)
	}
}

// outrun is a store in which another write always comes first.
type outrun struct{ UserStore }

func (outrun) Apply(context.Context, models.Change) (bool, error) { return false, nil }

func TestUpdate_GivesUpAsUnavailable(t *testing.T) {
	f := newFixture(t)
	f.options.Store = outrun{f.store}
	if _, err := f.login(adasPassword); apperror.CodeOf(err) != apperror.CodeUnavailable {
		t.Errorf("%v", err)
	}
}
