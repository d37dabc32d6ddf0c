package attacks

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/auth/password"
	"sallyport/tests/harness"
)

// outdated gives the user a hash of the same password, of parameters that a
// sign-in renews.
func outdated(t *testing.T, server *harness.Server, username string) {
	t.Helper()
	hasher, err := password.NewHasher(password.Params{Memory: 32, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := hasher.Hash(t.Context(), harness.Password)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.SQL(t).ExecContext(t.Context(), "UPDATE users SET password_hash = $1 WHERE username = $2", hash, username); err != nil {
		t.Fatal(err)
	}
}

// signInRead is the statement of a sign-in that reads the row.
const signInRead = 1

// The sign-in has read the old hash when the change is written.
func TestAttack41_ASignInThatRenewsTheHashAgainstAChange(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		owner, thief := server.SignUp(t, "ada"), server.Client(t)
		outdated(t, server, "ada")
		statements.During(t, func() { thief.Login("ada", harness.Password).Want(t, 401, "invalid_credentials") }, signInRead,
			func() { owner.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "") })
		wantNewPassword(t, server, "ada", owner)
	})
}

// The change has read the old hash when the sign-in has renewed it.
func TestAttack41_AChangeAgainstASignInThatRenewsTheHash(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		owner, thief := server.SignUp(t, "ada"), server.Client(t)
		outdated(t, server, "ada")
		statements.During(t, func() { owner.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "") }, 2,
			func() { thief.Login("ada", harness.Password).Want(t, 200, "") })
		thief.WantEnded()
		wantNewPassword(t, server, "ada", owner)
	}, "SESSION_CACHE_TTL=0")
}

// wantNewPassword fails unless the new password is the only one that works.
func wantNewPassword(t *testing.T, server *harness.Server, name string, owner *harness.Client) {
	t.Helper()
	owner.WantAlive()
	server.Client(t).Login(name, harness.Password).Want(t, 401, "invalid_credentials")
	server.Client(t).Login(name, harness.NextPassword).Want(t, 200, "")
}

// A sign-in has read the row of a user who is disabled before it writes.
func TestAttack39_ASignInAgainstDisable(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		statements, root := server.Statements(t), server.Administrator(t, "root")
		for name, disable := range map[string]func(name string, other *harness.Client){
			"still": func(name string, _ *harness.Client) { server.Disable(t, name) },
			"moved": func(name string, other *harness.Client) {
				other.Refresh().Want(t, 200, "") // the row is another one too
				server.Disable(t, name)
			},
			"admin": func(name string, _ *harness.Client) { root.AsAdmin(http.MethodPost, name, "/disable").Want(t, 200, "") },
		} {
			other, late := server.SignUp(t, name), server.Client(t)
			statements.During(t, func() { late.Login(name, harness.Password).Want(t, 401, "invalid_credentials") }, signInRead, func() { disable(name, other) })
			if n, want := len(server.User(t, name).Sessions), map[string]int{"still": 1, "moved": 1}[name]; n != want {
				t.Errorf("%s: %d sessions, want %d: the other device's, and none where an administrator ended them", name, n, want)
			}
		}
	})
}

// middle is a call that has read the row when something else changes it.
type middle struct {
	why     string
	call    func(r *race) harness.Answer
	after   int // statements: the last is the one that reads the row to act on it
	between func(r *race) harness.Answer
	code    string // of the answer to the call, "" for success
	check   func(t *testing.T, r *race)
}

// race is one user with two devices, and a third that signs in.
type race struct{ device, copied, other, third *harness.Client }

func (r *race) logout() harness.Answer  { return r.copied.Logout() }
func (r *race) refresh() harness.Answer { return r.device.Refresh() }
func (r *race) change() harness.Answer {
	return r.device.ChangePassword(harness.Password, harness.NextPassword)
}
func (r *race) endOthers() harness.Answer { return r.device.Delete(harness.SessionsPath) }

func (r *race) otherChanges() harness.Answer {
	return r.other.ChangePassword(harness.Password, "engine-no-3-plan")
}

// With the cache off, a signed-in user's row is read twice: to find out who it
// is, and to act.
var middles = []middle{
	{"refresh, signed out", (*race).refresh, 1, (*race).logout, "session_ended", func(t *testing.T, r *race) { r.other.WantAlive() }},
	{"refresh, ended by the other", (*race).refresh, 1, func(r *race) harness.Answer { return r.other.Delete(harness.SessionsPath) }, "session_ended", func(t *testing.T, r *race) { r.other.WantAlive() }},
	{"refresh, another password", (*race).refresh, 1, (*race).otherChanges, "session_ended", func(t *testing.T, r *race) { r.other.WantAlive() }},
	{"refresh, refreshed", (*race).refresh, 1, func(r *race) harness.Answer { return r.copied.Refresh() }, "", func(t *testing.T, r *race) {
		if r.device.Cookie("refreshToken") != r.copied.Cookie("refreshToken") {
			t.Error("one token has two successors")
		}
		r.device.WantAlive()
	}},
	{"change, signed out", (*race).change, 2, (*race).logout, "session_ended", func(t *testing.T, r *race) {
		r.third.Login("ada", harness.Password).Want(t, 200, "")
	}},
	{"change, changed", (*race).change, 2, (*race).otherChanges, "session_ended", func(t *testing.T, r *race) {
		r.other.WantAlive()
		r.third.Login("ada", harness.NextPassword).Want(t, 401, "invalid_credentials")
		r.third.Login("ada", "engine-no-3-plan").Want(t, 200, "")
	}},
	{"change, refreshed", (*race).change, 2, func(r *race) harness.Answer { return r.copied.Refresh() }, "", func(t *testing.T, r *race) {
		r.copied.WantEnded()
		r.device.WantAlive()
	}},
	{"change, signed in", (*race).change, 2, func(r *race) harness.Answer { return r.third.Login("ada", harness.Password) }, "", func(t *testing.T, r *race) {
		r.third.WantEnded()
		r.device.WantAlive()
	}},
	{"end others, signed out", (*race).endOthers, 2, (*race).logout, "session_ended", func(t *testing.T, r *race) { r.other.WantAlive() }},
	{"end others, another refreshes", (*race).endOthers, 2, func(r *race) harness.Answer { return r.other.Refresh() }, "", func(t *testing.T, r *race) {
		r.other.WantEnded()
		r.device.WantAlive()
	}},
	{"logout, refreshed", (*race).logout, 1, (*race).refresh, "", func(t *testing.T, r *race) {
		r.device.WantEnded()
		r.other.WantAlive()
	}},
}

// Where the crowds of this number race at random, here the worse order is sure.
func TestAttack39_OneInTheMiddleOfTheOther(t *testing.T) {
	for _, m := range middles {
		t.Run(m.why, func(t *testing.T) {
			harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
				statements := server.Statements(t)
				r := &race{device: server.SignUp(t, "ada"), other: server.SignIn(t, "ada"), third: server.Client(t)}
				r.copied = r.device.Copy()
				before := r.device.Copy()
				var answer harness.Answer
				statements.During(t, func() { answer = m.call(r) }, m.after, func() { m.between(r).Want(t, 200, "") })
				if answer.Code != m.code {
					t.Errorf("answer %d %q, want %q", answer.Status, answer.Code, m.code)
				}
				if m.code == "session_ended" {
					before.WantEnded()
				}
				m.check(t, r)
			}, "SESSION_CACHE_TTL=0")
		})
	}
}

func TestAttack36_OneRegistrationInTheMiddleOfTheOther(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		late, first := server.Client(t), server.Client(t)
		server.Statements(t).During(t, func() { // behind its look at the names
			late.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, 409, "email_taken")
		}, 1, func() { first.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, 201, "") })
		late.WantNoTokens()
		first.WantAlive()
	})
}

func TestAttack38_OneReplayInTheMiddleOfTheOther(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		victim := server.SignUp(t, "ada")
		late, first := victim.Copy(), victim.Copy()
		victim.Refresh().Want(t, 200, "")
		victim.CurrentUser().Want(t, 200, "")
		server.Clock.Advance(10 * time.Second)
		server.Statements(t).During(t, func() { late.Refresh().Want(t, 401, "session_ended") }, 1,
			func() { first.Refresh().Want(t, 401, "token_reused") })
		if n := strings.Count(server.Log.String(), "refresh_token_reuse"); n != 1 {
			t.Errorf("one theft was reported %d times", n)
		}
		victim.WantEnded()
	})
}

func TestAttack28_AChangeOfPasswordStartsTheCountAgain(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		for range lockAfter - 1 {
			server.Client(t).Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
		}
		ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "")
		server.Client(t).Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
		server.Client(t).Login("ada", harness.NextPassword).Want(t, 200, "") // else that was the hundredth in a row
	})
}

// What TestAttack25_FailedSignInsAreOneAnswerInOneTime cannot see behind a hash
// of 25 ms, on a disk that takes as long for a write.
func TestAttack25_FailedSignInsCostTheSameStatements(t *testing.T) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		for _, name := range []string{"ada", "eve", "joan"} {
			server.SignUp(t, name)
		}
		server.Disable(t, "eve")
		lock(t, server, "joan")
		failed := func() string {
			return harness.Column(t, server.SQL(t), "SELECT CAST((SELECT sum(failed_logins) FROM users) + (SELECT sum(failed_logins) FROM unknown_logins) AS TEXT)")
		}
		for _, failure := range failures {
			before, count := statements.Count(), failed()
			server.Client(t).Post(harness.LoginPath, failure.body).Want(t, 401, "invalid_credentials")
			if cost := statements.Count() - before; cost != 2 || failed() == count {
				t.Errorf("%s: %d statements, counted %v; want to read and to write", failure.name, cost, failed() != count)
			}
		}
	})
}
