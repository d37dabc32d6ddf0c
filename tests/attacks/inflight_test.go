package attacks

import (
	"testing"

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

// read is the number of the statement that reads the row of a signed-in user
// to act on it. On PostgreSQL the one before finds out who that is.
func read(server *harness.Server) int {
	if server.Config.Database.Driver == "postgres" {
		return 2
	}
	return 1
}

// Whichever of the two reads the row first, what it proves with it is the old
// password; the new one is the only one that works afterwards.
func TestAttack41_ASignInThatRenewsTheHashAgainstAChange(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		for name, race := range map[string]func(ada *harness.Client, username string, thief *harness.Client){
			"ada": func(ada *harness.Client, username string, thief *harness.Client) { // the sign-in has read when the change is written
				statements.During(t, func() { thief.Login(username, harness.Password).Want(t, 401, "invalid_credentials") }, 1,
					func() { ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "") })
			},
			"bob": func(bob *harness.Client, username string, thief *harness.Client) { // and the other way round
				statements.During(t, func() { bob.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "") }, read(server),
					func() { thief.Login(username, harness.Password).Want(t, 200, "") })
				thief.WantEnded()
			},
		} {
			owner, thief := server.SignUp(t, name), server.Client(t)
			owner.WantAlive()
			owner.CurrentUser().Want(t, 200, "")
			outdated(t, server, name)
			race(owner, name, thief)
			owner.WantAlive()
			server.Client(t).Login(name, harness.Password).Want(t, 401, "invalid_credentials")
			server.Client(t).Login(name, harness.NextPassword).Want(t, 200, "")
		}
	})
}

// A sign-in has read the row of a user who is disabled before it writes.
func TestAttack39_ASignInAgainstDisable(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		server.SignUp(t, "ada")
		late := server.Client(t)
		var answer harness.Answer
		statements.During(t, func() { answer = late.Login("ada", harness.Password) }, 1, func() { server.Disable(t, "ada") })
		if answer.Status == 200 { // signed in before
			late.WantEnded()
		} else {
			answer.Want(t, 401, "invalid_credentials")
		}

		other, late := server.SignUp(t, "bob"), server.Client(t)
		statements.During(t, func() { late.Login("bob", harness.Password).Want(t, 401, "invalid_credentials") }, 1, func() {
			other.Refresh().Want(t, 200, "") // the row is another one now: the sign-in has to look again
			server.Disable(t, "bob")
		})
		if n := len(server.User(t, "bob").Sessions); n != 1 {
			t.Errorf("%d sessions, want the other device's alone", n)
		}
	})
}

func TestAttack28_AChangeOfPasswordStartsTheCountAgain(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
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
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		for _, name := range []string{"ada", "eve", "joan"} {
			server.SignUp(t, name)
		}
		server.Disable(t, "eve")
		lock(t, server, "joan")
		failed := func() string {
			return harness.Column(t, server.SQL(t), "SELECT CAST((SELECT sum(failed_logins) FROM users) + (SELECT failed_logins FROM unknown_logins) AS TEXT)")
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
